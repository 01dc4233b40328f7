// node observatory.mjs NODE_MODULES UPSTREAM PATH KEY CERT: how MDN's HTTP Observatory grades a page, as JSON.
//
// Its own command wants ports 80 and 443. Its parts do not: they ask, judge and grade, and only the sum is ours. The
// certificate has to be trusted, which NODE_EXTRA_CA_CERTS does; else they find, rightly, that it is not.

import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

import { front } from "./front.mjs";

const [modules, upstream, page, key, cert] = process.argv.slice(2);

// The package downloads this list when it is installed with its scripts. No site is on ours.
const readFileSync = fs.readFileSync;
fs.readFileSync = (file, ...options) =>
  path.basename(String(file)) === "hsts-preload.json" ? "{}" : readFileSync(file, ...options);

const source = path.join(modules, "@mdn", "mdn-http-observatory", "src");
const part = (file) => import(pathToFileURL(path.join(source, file)));
const { retrieve } = await part("retriever/retriever.js");
const { ALL_TESTS } = await part("constants.js");
const { getGradeForScore, getScoreModifier } = await part("grader/grader.js");
const { MINIMUM_SCORE_FOR_EXTRA_CREDIT } = await part("grader/charts.js");

const { httpPort, httpsPort, end } = await front(upstream, fs.readFileSync(key), fs.readFileSync(cert));
const answers = await retrieve("localhost", { httpPort, httpsPort, path: page });
end();
if (!answers.responses.auto) throw new Error(`no answer from ${upstream}`);

const tests = ALL_TESTS.map((test) => test(answers)).map((output) => ({
  name: output.constructor.name,
  pass: output.pass,
  result: output.result,
  modifier: getScoreModifier(output.result),
}));
const sum = (modifiers) => modifiers.reduce((total, { modifier }) => total + modifier, 100);
// Extra credit is for those who do well without it.
const without = sum(tests.filter(({ modifier }) => modifier < 0));
const { grade, score } = getGradeForScore(without < MINIMUM_SCORE_FOR_EXTRA_CREDIT ? without : sum(tests));
console.log(JSON.stringify({ grade, score, status: answers.responses.auto.status, tests }));
