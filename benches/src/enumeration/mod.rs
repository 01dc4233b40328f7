//! `cargo xtask enumeration`: whether the server's answers tell which accounts exist, and what a flood of logins does. A report, not
//! a gate: docs/enumeration.md says how to read it.
//!
//! It fails when a control is not what it has to be, because then the other rows say nothing.

mod cases;
mod controls;
mod flood;
mod http2;
mod pairs;
mod report;
mod server;
mod statistics;
mod wire;

use std::net::SocketAddr;

use cases::{CASES, Case, LOG_IN, Who};
use controls::{CONTROLS, Control};
use pairs::{Bodies, WARM_UP};
use report::{Line, Report};
use server::{Folder, HashCost};
use statistics::{Share, Verdict};
use wire::Connection;

use crate::harness::Outcome;
use crate::machine;

/// The word that asks for this report.
pub(crate) const COMMAND: &str = "enumeration";

/// Pairs of a case with cheap hashes: an interval of 0.05.
const PAIRS: u32 = 1_000;
/// Pairs at the default cost: as many.
const DEFAULT_PAIRS: u32 = 1_000;
/// Rivals that hash at the default cost need few: their sides do not overlap.
const RIVAL_PAIRS: u32 = 100;

/// `words` are what follows the command: `--json`, or nothing.
pub(crate) fn run(words: &[&str]) -> Outcome<()> {
    let json = match words {
        [] => false,
        ["--json"] => true,
        _ => return Err("expected enumeration [--json]".into()),
    };
    let mut report = Report::default();
    for control in CONTROLS {
        measure_control(control, &mut report)?;
    }
    for (cost, pairs) in [(HashCost::Cheap, PAIRS), (HashCost::Default, DEFAULT_PAIRS)] {
        measure_server(cost, pairs, &mut report)?;
    }
    report.flood = flood::rows()?;
    let machine = machine::describe()?;
    match json {
        true => println!("{:#}", report.json(&machine)),
        false => println!("{}", report.text(&machine)),
    }
    match report.failed_controls.is_empty() {
        true => Ok(()),
        false => Err(report.failed_controls.join("; ").into()),
    }
}

/// Known and unknown users of a server of which it is known what it leaks.
fn measure_control(control: Control, report: &mut Report) -> Outcome<()> {
    let name = control.fault.text();
    eprintln!("measuring {name}");
    let pairs = match control.fault {
        controls::Fault::PasswordAuth => RIVAL_PAIRS,
        _ => PAIRS,
    };
    let address = |prefix: &str, number: u32| format!("{prefix}-{number:07}@example.com");
    let known = (0..WARM_UP + pairs).map(|number| address("account", number));
    let [http1, http2] = controls::start(control.fault, known.collect())?;
    let body = |prefix: &str, number| {
        let email = address(prefix, number);
        serde_json::json!({ "email": email, "password": cases::PASSWORD }).to_string()
    };
    let bodies: Bodies<'_> = [&|n| body("account", n), &|n| body("unknown", n)];
    let measured = pairs::measure(http1, LOG_IN, bodies, pairs)?;
    let mut check = |how: &str, share: Share| {
        let wrong = match control.leaks {
            true => share.verdict() != Verdict::Leaks,
            false => share.verdict() == Verdict::Leaks,
        };
        if wrong {
            let found = share.verdict().text();
            report
                .failed_controls
                .push(format!("{name}, {how}: {found}"));
        }
    };
    check("one at a time", measured.later);
    // Thirty microseconds are less than what the start of two blocking tasks differs by: order does not show them.
    let order = match control.fault {
        controls::Fault::HashesForKnown => None,
        _ => Some(http2::left_first(http2, LOG_IN, bodies, pairs)?),
    };
    if let Some((share, _)) = order {
        check("same segment", share);
    }
    let line = |how, share, pairs, times| Line {
        case: name.clone(),
        how,
        cost: if pairs == RIVAL_PAIRS {
            "default"
        } else {
            HashCost::Cheap.text()
        },
        pairs,
        times,
        share,
        shapes: 1,
        expected: Some(control.leaks),
    };
    let times = Some([measured.left, measured.right]);
    report.add(line("time", measured.later, pairs, times));
    if let Some((share, counted)) = order {
        report.add(Line {
            pairs: counted,
            ..line("http/2", share, pairs, None)
        });
    }
    Ok(())
}

/// All cases that this server knows.
fn measure_server(cost: HashCost, pairs: u32, report: &mut Report) -> Outcome<()> {
    let folder = Folder::new(cost, "")?;
    let mut kinds: Vec<&Who> = Vec::new();
    for who in CASES.iter().flat_map(|case| [case.left, case.right]) {
        if !kinds.iter().any(|known| known.prefix == who.prefix) {
            kinds.push(who);
        }
    }
    let unknown_kinds = folder.fill(&kinds, WARM_UP + pairs)?;
    let server = folder.start()?;
    for (number, case) in (0..).zip(CASES) {
        if case.default_cost_only && cost != HashCost::Default {
            continue;
        }
        let missing = unknown_kinds
            .iter()
            .find(|(prefix, _)| [case.left.prefix, case.right.prefix].contains(prefix));
        let skipped = match missing {
            Some((_, reason)) => Some(reason.clone()),
            None => is_missing(server.address, case)?,
        };
        if let Some(reason) = skipped {
            report.skip(format!("{}: {reason}", case.name));
            continue;
        }
        eprintln!("measuring {}, {} hashes", case.name, cost.text());
        measure_case(server.address, case, number, cost, pairs, report)?;
    }
    server.stop()
}

fn measure_case(
    address: SocketAddr,
    case: &'static Case,
    number: u32,
    cost: HashCost,
    pairs: u32,
    report: &mut Report,
) -> Outcome<()> {
    // Accounts that are there have a row for each pair; those that are not are other ones in each case, since a sign-up makes them.
    let stride = 10 * (WARM_UP + pairs);
    let body = |who: &Who, place: u32, round: u32| {
        let first = if who.row.is_some() {
            0
        } else {
            (2 * number + round) * stride
        };
        who.body(case.path, first + place)
    };
    let measured = pairs::measure(
        address,
        case.path,
        [&|n| body(case.left, n, 0), &|n| body(case.right, n, 0)],
        pairs,
    )?;
    let line = Line {
        case: case.name.to_owned(),
        how: "time",
        cost: cost.text(),
        pairs,
        times: Some([measured.left, measured.right]),
        share: measured.later,
        shapes: measured.shapes.len(),
        expected: None,
    };
    report.add(line);
    if !http2::is_spoken(address)? {
        report.skip("same segment, server: it does not speak HTTP/2 without TLS".to_owned());
        return Ok(());
    }
    let bodies: Bodies<'_> = [&|n| body(case.left, n, 1), &|n| body(case.right, n, 1)];
    let (share, counted) = http2::left_first(address, case.path, bodies, pairs)?;
    report.add(Line {
        case: case.name.to_owned(),
        how: "http/2",
        cost: cost.text(),
        pairs: counted,
        times: None,
        share,
        shapes: measured.shapes.len(),
        expected: None,
    });
    Ok(())
}

/// Why this server cannot be asked: it has no such route.
fn is_missing(address: SocketAddr, case: &Case) -> Outcome<Option<String>> {
    let mut connection = Connection::open(address)?;
    // One request without what the route wants: a route that is there refuses it as a bad body.
    let answer = connection.ask(case.path, 0, Some("{}"))?;
    let missing = matches!(answer.shape.status, 404 | 405);
    Ok(missing.then(|| format!("the server has no POST {}", case.path)))
}
