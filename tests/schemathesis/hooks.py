"""What holds for every answer of the server, whatever was asked: run by schemathesis beside its own checks."""

import schemathesis

ALWAYS = (
    "content-security-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "permissions-policy",
    "referrer-policy",
    "x-content-type-options",
    "x-frame-options",
    "x-request-id",
)


def field(response, name):
    values = response.headers.get(name)
    return values[0] if values else None


@schemathesis.check
def security_fields(ctx, response, case):
    missing = [name for name in ALWAYS if field(response, name) is None]
    assert not missing, f"missing: {missing}"


@schemathesis.check
def valid_problem(ctx, response, case):
    if response.status_code < 400:
        return
    kind = field(response, "content-type")
    assert kind == "application/problem+json", f"an error of type {kind}"
    if case.method.upper() == "HEAD":
        return
    problem = response.json()
    assert problem["status"] == response.status_code, "the body names another status"
    assert problem["title"] and problem["type"], "a problem without a title or type"
    assert problem["request_id"] == field(response, "x-request-id"), "another request's id"


@schemathesis.check
def no_store(ctx, response, case):
    assert "no-store" in (field(response, "cache-control") or ""), "an answer that may be stored"
