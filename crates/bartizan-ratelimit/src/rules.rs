//! The rules in force, with what they count in.

use std::{
    collections::HashSet,
    error::Error,
    fmt,
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Instant,
};

use http::HeaderValue;

use crate::{
    ban::Bans,
    calendar::Calendar,
    epoch::Epoch,
    fields::{Dialect, policy_item},
    inflight::Inflight,
    key::Secret,
    limit::Limit,
    networks::Networks,
    quota::{Kind, Quota, QuotaError},
    rule::{KeyBy, Rule},
    table::Table,
    until::Until,
};

/// The most rules at once. Each has its own memory.
const MAX_RULES: usize = 256;

/// Rules, and the networks that none or all of them are for. The shape that a [`Limiter`](crate::Limiter) is made from.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Rules {
    /// In any order.
    pub rules: Vec<Rule>,
    /// Never counted and never refused.
    pub allow: Networks,
    /// Always refused, with 403. Who is in both is refused.
    pub deny: Networks,
    /// Which fields tell clients about their quotas.
    pub dialect: Dialect,
    /// Refuses nobody: as if every rule were in shadow.
    pub shadow: bool,
}

impl Rules {
    /// These rules, for everybody.
    #[must_use]
    pub fn new(rules: impl IntoIterator<Item = Rule>) -> Self {
        Self {
            rules: rules.into_iter().collect(),
            ..Self::default()
        }
    }

    /// That the rules can come into force; makes no tables.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with them.
    pub fn check(&self) -> Result<(), RuleErrors> {
        let errors = check(&self.rules);
        match errors.is_empty() {
            true => Ok(()),
            false => Err(RuleErrors(errors)),
        }
    }
}

/// One thing that is wrong with a set of rules.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RuleError {
    /// Names are 1 to 64 of `a-z`, `0-9`, `-`, `_` and `.`.
    BadName {
        /// Its place among the rules.
        index: usize,
    },
    /// Two rules have one name.
    Twice {
        /// The name.
        name: Box<str>,
    },
    /// A key without parts would count everybody as one.
    NoKey {
        /// The rule's name.
        name: Box<str>,
    },
    /// Costs more than its quota ever holds: it would refuse every request.
    CostAboveBurst {
        /// The rule's name.
        name: Box<str>,
    },
    /// The prefixes of IPv6 must be at most 128 bits, the wider one shorter than the other.
    BadPrefix {
        /// The rule's name.
        name: Box<str>,
    },
    /// The quota of the wider prefix is not representable.
    BadQuota {
        /// The rule's name.
        name: Box<str>,
        /// Why.
        source: QuotaError,
    },
    /// More than 256 rules.
    TooMany,
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadName { index } => write!(
                f,
                "rule {}: a name is 1 to 64 of a-z, 0-9, '-', '_' and '.'",
                index + 1
            ),
            Self::Twice { name } => write!(f, "rule {name}: there are two of this name"),
            Self::NoKey { name } => write!(f, "rule {name}: it must be counted by something"),
            Self::CostAboveBurst { name } => {
                write!(
                    f,
                    "rule {name}: a request costs more than the burst, so none would pass"
                )
            }
            Self::BadPrefix { name } => {
                write!(
                    f,
                    "rule {name}: prefixes are 1 to 128 bits, the wider one of fewer bits"
                )
            }
            Self::BadQuota { name, .. } => {
                write!(
                    f,
                    "rule {name}: the quota of the wider prefix cannot be kept"
                )
            }
            Self::TooMany => write!(f, "more than {MAX_RULES} rules"),
        }
    }
}

impl Error for RuleError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::BadQuota { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// All that is wrong with a set of rules, at least one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleErrors(pub(crate) Vec<RuleError>);

impl RuleErrors {
    /// One by one.
    #[must_use]
    pub fn as_slice(&self) -> &[RuleError] {
        &self.0
    }
}

impl fmt::Display for RuleErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&lines.join("; "))
    }
}

impl Error for RuleErrors {}

/// Rules that have been checked and have their tables.
#[derive(Debug)]
pub(crate) struct RuleSet {
    pub(crate) rules: Box<[Ready]>,
    pub(crate) allow: Networks,
    pub(crate) deny: Networks,
    pub(crate) dialect: Dialect,
}

#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) rule: Rule,
    pub(crate) name: Arc<str>,
    pub(crate) narrow: Limit,
    pub(crate) wide: Option<(u8, Limit)>,
    /// What fields say of it, unless it says nothing.
    pub(crate) told: Option<Told>,
    pub(crate) bans: Option<Arc<Bans>>,
    pub(crate) inflight: Option<(NonZeroU32, Arc<Inflight>)>,
    pub(crate) counters: Arc<Counters>,
}

/// The parts of fields that never change.
#[derive(Debug)]
pub(crate) struct Told {
    /// `"name";r=`.
    pub(crate) prefix: Box<str>,
    /// Its item of `RateLimit-Policy`.
    pub(crate) policy: HeaderValue,
}

/// What an operator wants to know of a rule; kept over a change of rules.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) refused: AtomicU64,
    pub(crate) shadow_refused: AtomicU64,
    pub(crate) without_key: AtomicU64,
}

impl Counters {
    pub(crate) fn add(counter: &AtomicU64) {
        counter.fetch_add(1, Relaxed);
    }
}

/// What tables are made with.
pub(crate) struct Making<'a> {
    pub(crate) cells: usize,
    pub(crate) secret: &'a Secret,
    pub(crate) epoch: Epoch,
    pub(crate) now: Instant,
}

impl RuleSet {
    /// Checks the rules and gives each its tables: those of the rule of the same name in `before`, if there is one.
    pub(crate) fn build(
        rules: Rules,
        before: Option<&Self>,
        making: &Making<'_>,
    ) -> Result<Self, RuleErrors> {
        rules.check()?;
        let shadow = rules.shadow;
        let ready = rules.rules.into_iter().map(|mut rule| {
            rule.shadow |= shadow;
            let old =
                before.and_then(|set| set.rules.iter().find(|old| old.rule.name == rule.name));
            Ready::new(rule, old, making)
        });
        Ok(Self {
            rules: ready
                .collect::<Result<_, _>>()
                .map_err(|error| RuleErrors(vec![error]))?,
            allow: rules.allow,
            deny: rules.deny,
            dialect: rules.dialect,
        })
    }
}

fn check(rules: &[Rule]) -> Vec<RuleError> {
    let mut errors = Vec::new();
    let mut names = HashSet::new();
    for (index, rule) in rules.iter().enumerate() {
        let name = || rule.name.clone();
        let legal = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.');
        if !(1..=64).contains(&rule.name.len()) || !rule.name.bytes().all(legal) {
            errors.push(RuleError::BadName { index });
        } else if !names.insert(&*rule.name) {
            errors.push(RuleError::Twice { name: name() });
        }
        if rule.key.is_empty() {
            errors.push(RuleError::NoKey { name: name() });
        }
        if rule.cost > rule.quota.burst() {
            errors.push(RuleError::CostAboveBurst { name: name() });
        }
        let wide = rule.v6.wide.map_or(0, |(bits, _)| bits);
        if !(1..=128).contains(&rule.v6.bits) || wide >= rule.v6.bits {
            errors.push(RuleError::BadPrefix { name: name() });
        }
        if let Some((_, times)) = rule.v6.wide
            && let Err(source) = rule.quota.times(times)
        {
            errors.push(RuleError::BadQuota {
                name: name(),
                source,
            });
        }
    }
    if rules.len() > MAX_RULES {
        errors.push(RuleError::TooMany);
    }
    errors
}

impl Ready {
    fn new(rule: Rule, old: Option<&Self>, making: &Making<'_>) -> Result<Self, RuleError> {
        let limit = |name: &str, quota: Quota, old: Option<&Limit>| {
            let kept = old.filter(|old| is_same_kind(old.quota(), quota));
            let table = match kept {
                Some(old) => {
                    old.table().cap(quota, making.now);
                    Arc::clone(old.table())
                }
                None => Arc::new(Table::with_cells(making.cells, making.epoch)),
            };
            Limit::new(name, quota, table, making.secret).on_failure(rule.on_failure)
        };
        let narrow = limit(&rule.name, rule.quota, old.map(|old| &old.narrow));
        let counts_address = rule.key.contains(&KeyBy::Address);
        let wide = match rule.v6.wide.filter(|_| counts_address) {
            Some((bits, times)) => {
                let quota = rule
                    .quota
                    .times(times)
                    .map_err(|source| RuleError::BadQuota {
                        name: rule.name.clone(),
                        source,
                    })?;
                let old = old
                    .and_then(|old| old.wide.as_ref())
                    .map(|(_, limit)| limit);
                // no rule can have this name
                Some((bits, limit(&format!("{}/wide", rule.name), quota, old)))
            }
            None => None,
        };
        let bans = rule.ban.map(|policy| {
            let name = format!("{}/strikes", rule.name);
            let old = old.and_then(|old| old.bans.as_ref());
            let strikes = limit(&name, policy.strikes(), old.map(|old| old.strikes()));
            let until = old.map_or_else(
                || Arc::new(Until::with_cells(making.cells, making.now)),
                |old| Arc::clone(old.until()),
            );
            Arc::new(Bans::new(policy, strikes, until))
        });
        let inflight = rule.at_once.map(|most| {
            let old = old.and_then(|old| old.inflight.as_ref());
            let table = old.map_or_else(
                || Arc::new(Inflight::with_cells(making.cells)),
                |(_, table)| Arc::clone(table),
            );
            (most, table)
        });
        Ok(Self {
            name: rule.name.as_ref().into(),
            narrow,
            wide,
            told: policy_item(&rule.name, rule.quota)
                .filter(|_| rule.fields)
                .map(|policy| Told {
                    prefix: format!("\"{}\";r=", rule.name).into(),
                    policy,
                }),
            bans,
            inflight,
            counters: old.map_or_else(Arc::default, |old| Arc::clone(&old.counters)),
            rule,
        })
    }
}

/// Whether the words of one quota's cells mean something to the other.
fn is_same_kind(old: Quota, new: Quota) -> bool {
    let window = |quota: Quota| -> Option<Calendar> {
        match quota.kind() {
            Kind::Rate { .. } => None,
            Kind::Calendar(window) => Some(window),
        }
    };
    window(old) == window(new)
}
