//! One request and its answer.

use http::Response;

use crate::{Nonce, Policies, Policy, PolicyName, apply::Facts};

/// What of the request decides about its answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    pub(crate) https: bool,
    pub(crate) private: bool,
}

/// The policy that the request has chosen.
#[derive(Debug)]
pub(crate) enum Chosen {
    Own,
    ByName(PolicyName),
    ByPath(Policy),
}

/// A request that [`Policies::begin`] has seen, whose answer is to come.
#[derive(Debug)]
#[must_use = "its answer has no fields before `finish`"]
pub struct Exchange {
    policies: Policies,
    chosen: Chosen,
    asked: Asked,
    nonce: Option<Nonce>,
}

impl Exchange {
    pub(crate) const fn new(
        policies: Policies,
        chosen: Chosen,
        asked: Asked,
        nonce: Option<Nonce>,
    ) -> Self {
        Self {
            policies,
            chosen,
            asked,
            nonce,
        }
    }

    /// Puts the fields of the answer's policy on it. From now on the nonce cannot be drawn any more.
    pub fn finish<B>(&self, response: &mut Response<B>) {
        let named = response.extensions().get::<PolicyName>().copied();
        let policy = match (named, &self.chosen) {
            (Some(name), _) | (None, &Chosen::ByName(name)) => self.policies.by_name(name),
            (None, Chosen::ByPath(policy)) => policy,
            (None, Chosen::Own) => self.policies.own(),
        };
        let facts = Facts {
            https: self.asked.https,
            private: self.asked.private,
            nonce: self.nonce.as_ref().and_then(Nonce::close),
        };
        policy.apply_to(response, facts);
    }
}
