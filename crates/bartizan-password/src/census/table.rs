use std::fmt;

use super::{Census, CensusLine};

/// One line a kind of row, then the totals that want something done.
impl fmt::Display for Census {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (line, count) in self.lines() {
            writeln!(f, "{count:>12}  {line}")?;
        }
        for (count, what) in [
            (self.other, "of further kinds"),
            (self.unusable, "unusable"),
            (self.above_ceilings, "above the ceilings"),
            (self.unreadable, "unreadable"),
        ] {
            if count > 0 {
                writeln!(f, "{count:>12}  {what}")?;
            }
        }
        writeln!(f, "{:>12}  rows", self.rows)?;
        for (count, what) in [
            (self.foreign, "to be replaced: of another program"),
            (self.below_policy, "to be replaced: below the policy"),
            (self.other_key, "to be rotated: not under the wanted pepper"),
            (self.dearer, "dearer than a check for no account"),
        ] {
            if count > 0 {
                writeln!(f, "{count:>12}  {what}")?;
            }
        }
        f.write_str(match self.is_done() {
            true => "done",
            false => "not done",
        })
    }
}

impl fmt::Display for CensusLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, _] = self.costs;
        let wrapped = if self.wrapped { "wrapped " } else { "" };
        write!(f, "{wrapped}{}", self.scheme)?;
        match self.scheme {
            "argon2id" | "argon2i" | "argon2d" => write!(f, " m={a},t={b},p={c}")?,
            "scrypt" | "firebase" => write!(f, " ln={a},r={b},p={c}")?,
            // A scheme without a cost has a one.
            _ if a > 1 => write!(f, " {a}")?,
            _ => {}
        }
        match &self.pepper {
            Some(id) => write!(f, " keyid={id}"),
            None => Ok(()),
        }
    }
}
