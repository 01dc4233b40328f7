// node csp_evaluator.mjs NODE_MODULES URL: what Google's CSP Evaluator finds in each policy of an answer, as JSON.

import http from "node:http";
import { createRequire } from "node:module";
import path from "node:path";

const [modules, url] = process.argv.slice(2);
const require = createRequire(path.join(path.resolve(modules), "csp_evaluator", "package.json"));
const { CspEvaluator, DEFAULT_CHECKS, STRICTCSP_CHECKS } = require("./dist/evaluator.js");
const { checkInvalidKeyword, checkMissingSemicolon, checkUnknownDirective } = require("./dist/checks/parser_checks.js");
const { Severity, Type } = require("./dist/finding.js");
const { CspParser } = require("./dist/parser.js");

const answer = await new Promise((resolve, reject) => http.get(url, resolve).on("error", reject));
answer.resume();

const policies = (answer.headersDistinct["content-security-policy"] ?? []).map((policy) => {
  // Syntax is judged as it was written, everything else as a browser understands it.
  const findings = new CspEvaluator(new CspParser(policy).csp).evaluate(
    [checkInvalidKeyword, checkMissingSemicolon, checkUnknownDirective],
    [...DEFAULT_CHECKS, ...STRICTCSP_CHECKS],
  );
  return {
    policy,
    findings: findings.map(({ severity, type, directive, value }) => ({
      severity: Severity[severity],
      type: Type[type],
      directive,
      value: value ?? "",
    })),
  };
});
console.log(JSON.stringify(policies));
