//! Every way out of a hardened service, over HTTP/1.1 and over HTTP/2: the fields that belong there are there, and none of those
//! that only disclose. And the ways out that no layer reaches, so that SECURITY.md names them all.

mod answers;
mod app;
mod disclosing;
mod paths;
mod pieces;
mod unreached;
mod wire;

use std::{collections::HashSet, net::SocketAddr};

use self::{
    answers::{expected, faults, has_id, names},
    app::{hardening, routes, serve},
    paths::{Exit, exits},
    pieces::End,
    wire::{Answer, Protocol, ask},
};

const BOTH: [Protocol; 2] = [Protocol::Http1, Protocol::Http2];

async fn leave(
    address: SocketAddr,
    exit: &Exit,
    protocol: Protocol,
) -> Result<Answer, hyper::Error> {
    for _ in 1..exit.times {
        ask(address, protocol, &exit.ask).await?;
    }
    ask(address, protocol, &exit.ask).await
}

/// Everything that is wrong with an answer, the security fields first.
fn wrong(exit: &Exit, answer: &Answer, protocol: Protocol, https: bool) -> Vec<String> {
    let mut wrong = faults(&answer.fields, &expected(exit.kind, https, &exit.own));
    let is_accepted = exit.ask.handshake && exit.status == 200;
    let status = match protocol {
        Protocol::Http1 if is_accepted => 101,
        _ => exit.status,
    };
    if answer.status != status {
        wrong.push(format!("the status is {}, not {status}", answer.status));
    }
    if has_id(&answer.fields) != exit.has_id {
        wrong.push(format!("has an id: {}, not {}", !exit.has_id, exit.has_id));
    }
    if answer.body.is_some() != exit.is_whole {
        wrong.push(format!("the body: {:?}", answer.body));
    }
    let media_type = answer.fields.get("content-type");
    let is_problem = media_type.is_some_and(|value| value == "application/problem+json");
    // what is wrong with a tunnel has no body: nobody would show it
    let is_tunnel = exit.ask.handshake && protocol == Protocol::Http2;
    if is_problem != (exit.is_problem && !is_tunnel) {
        wrong.push(format!("the type is {media_type:?}"));
    }
    let body = answer.body.as_deref().unwrap_or_default();
    // no hexadecimal word, which an id may have in it
    if body.windows(5).any(|part| part == b"xyzzy") {
        wrong.push("the body tells a secret".to_owned());
    }
    wrong
}

#[tokio::test]
async fn every_exit_has_its_fields_and_discloses_nothing_over_both_protocols() {
    let exits = exits();
    let once: HashSet<_> = exits.iter().map(|exit| exit.name).collect();
    assert_eq!(once.len(), exits.len(), "a name stands for two");
    assert!(exits.len() >= 20);
    let mut faults = Vec::new();
    for https in [false, true] {
        let address = serve(routes().layer(hardening(https)));
        for exit in &exits {
            let mut sent = Vec::new();
            for protocol in BOTH {
                let answer = leave(address, exit, protocol).await;
                let Ok(answer) = answer else {
                    faults.push(format!("{} {protocol:?}: {answer:?}", exit.name));
                    continue;
                };
                for fault in wrong(exit, &answer, protocol, https) {
                    faults.push(format!("{} {protocol:?} https={https}: {fault}", exit.name));
                }
                sent.push(answer);
            }
            let fields: Vec<_> = sent
                .iter()
                .map(|sent| names(sent.status, exit.ask.handshake, &sent.fields))
                .collect();
            if let [one, two] = &fields[..]
                && one != two
            {
                faults.push(format!(
                    "{}: HTTP/1.1 has {one:?}, HTTP/2 {two:?}",
                    exit.name
                ));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The check can fail: without the layer it finds a fault in whatever the service answers, and all that disclose.
#[tokio::test]
async fn without_the_layer_no_exit_has_its_fields_and_all_disclose() {
    let address = serve(routes());
    let mut unanswered = 0;
    let mut exits = exits();
    // A body that breaks off waits for what another test may tell, and a handler for what a client does not send. An interim
    // status has hyper answer in the service's place.
    exits.retain(|exit| exit.is_whole && exit.ask.body.1 == End::Known);
    exits.retain(|exit| exit.ask.path != "/informs");
    for exit in &exits {
        for protocol in BOTH {
            // no answer at all is what a panic makes
            let Ok(answer) = leave(address, exit, protocol).await else {
                unanswered += 1;
                continue;
            };
            let found = wrong(exit, &answer, protocol, false);
            let count = |what| found.iter().filter(|fault| fault.ends_with(what)).count();
            assert_eq!(count(" discloses"), 87, "{} {protocol:?}", exit.name);
            assert!(count("]") >= 8, "{} {protocol:?}: {found:?}", exit.name);
        }
    }
    assert!(unanswered >= 2, "{unanswered}");
}
