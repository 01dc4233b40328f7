//! The way to a value, and the place that a client is told.

use std::borrow::Cow;

use crate::{Param, Place, Violation};

/// What is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Root {
    Body,
    Query,
    Path,
    Header,
    Form,
}

/// One step into a value.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// A name that the type knows.
    Name(&'static str),
    /// An index, from 0.
    Item(usize),
    /// An entry whose key is the client's, by its position, from 1.
    Entry(usize),
}

/// The steps to a value, on the stack.
#[derive(Clone, Copy, Debug)]
pub(super) struct Path<'p> {
    pub(super) before: Option<&'p Path<'p>>,
    pub(super) step: Step,
}

/// A violation at the end of `path`, or at `name` in it.
pub(super) fn violation(
    root: Root,
    path: Option<&Path<'_>>,
    name: Option<&'static str>,
    code: &'static str,
    message: &'static str,
) -> Violation {
    let mut steps: Vec<Step> = std::iter::successors(path, |path| path.before)
        .map(|path| path.step)
        .collect();
    steps.reverse();
    steps.extend(name.map(Step::Name));
    let mut params = Vec::new();
    let place = if root == Root::Body {
        Place::Body(body(&steps, &mut params))
    } else {
        let (name, rest) = match steps.split_first() {
            Some((Step::Name(name), rest)) => (*name, rest),
            // the whole: nothing of it can be named
            _ => ("", steps.as_slice()),
        };
        for step in rest {
            match step {
                Step::Name(name) => params.push(("within", Param::Text(Cow::Borrowed(*name)))),
                Step::Item(index) => params.push(("item", Param::Whole(*index as i128 + 1))),
                Step::Entry(position) => params.push(("key", Param::Whole(*position as i128))),
            }
        }
        let name = Cow::Borrowed(name);
        match root {
            Root::Query => Place::Query(name),
            Root::Path => Place::Path(name),
            Root::Header => Place::Header(name),
            Root::Form | Root::Body => Place::Form(name),
        }
    };
    let mut violation = Violation::new(place, code, message);
    violation.params = params;
    violation
}

/// The pointer up to the first key of the client; from there on positions and what lies within as parameters.
fn body(steps: &[Step], params: &mut Vec<(&'static str, Param)>) -> String {
    let mut pointer = String::from("#");
    let mut within = String::new();
    for step in steps {
        let to = if params.is_empty() {
            &mut pointer
        } else {
            &mut within
        };
        match step {
            Step::Name(name) => push(to, name),
            Step::Item(index) => push(to, &index.to_string()),
            Step::Entry(position) => {
                if !within.is_empty() {
                    let within = Cow::Owned(std::mem::take(&mut within));
                    params.push(("within", Param::Text(within)));
                }
                params.push(("key", Param::Whole(*position as i128)));
            }
        }
    }
    if !within.is_empty() {
        params.push(("within", Param::Text(Cow::Owned(within))));
    }
    pointer
}

/// A JSON Pointer in fragment form (RFC 6901, section 6).
pub(crate) fn pointer<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let mut pointer = String::from("#");
    for name in names {
        push(&mut pointer, name);
    }
    pointer
}

/// Adds a name to a pointer.
pub(crate) fn push(pointer: &mut String, name: &str) {
    const DIGITS: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F',
    ];
    pointer.push('/');
    for byte in name.bytes() {
        match byte {
            b'~' => pointer.push_str("~0"),
            b'/' => pointer.push_str("~1"),
            // RFC 3986, section 3.5: what a fragment may hold as it is
            b'0'..=b'9'
            | b'a'..=b'z'
            | b'A'..=b'Z'
            | b'-'
            | b'.'
            | b'_'
            | b'!'
            | b'$'
            | b'&'
            | b'\''
            | b'('
            | b')'
            | b'*'
            | b'+'
            | b','
            | b';'
            | b'='
            | b':'
            | b'@'
            | b'?' => {
                pointer.push(char::from(byte));
            }
            _ => {
                pointer.push('%');
                for digit in [byte >> 4, byte & 15] {
                    pointer.extend(DIGITS.get(usize::from(digit)));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::pointer;

    #[test]
    fn pointers_are_those_of_rfc_6901_section_6() {
        for (name, expected) in [
            ("foo", "#/foo"),
            ("", "#/"),
            ("a/b", "#/a~1b"),
            ("c%d", "#/c%25d"),
            ("e^f", "#/e%5Ef"),
            ("g|h", "#/g%7Ch"),
            ("i\\j", "#/i%5Cj"),
            ("k\"l", "#/k%22l"),
            (" ", "#/%20"),
            ("m~n", "#/m~0n"),
            ("é", "#/%C3%A9"),
        ] {
            assert_eq!(pointer([name]), expected);
        }
        assert_eq!(pointer(["foo", "0"]), "#/foo/0");
        assert_eq!(pointer([]), "#");
    }
}
