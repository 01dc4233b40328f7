//! `bartizan-server breach-filter`: builds a filter of leaked passwords from a list, and tries passwords against one.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use bartizan_password::{
    BreachFilter, BreachFilterBuilder, BreachFilterError, BreachLines, FingerprintBits, Password,
};
use clap::{Args, Subcommand, ValueEnum};
use zeroize::Zeroizing;

use super::{fail, print, progress::bar};

/// What to do with a filter.
#[derive(Debug, Clone, Subcommand)]
#[non_exhaustive]
pub enum Command {
    /// Build a filter from a list, one entry a line.
    Build(Build),
    /// Say which lines of stdin are in a filter. No password is printed.
    Check(Check),
}

/// Options of `breach-filter build`.
#[derive(Debug, Clone, Args)]
#[non_exhaustive]
pub struct Build {
    /// The list.
    #[arg(long, value_name = "FILE")]
    pub from: PathBuf,
    /// The filter, which is replaced as a whole.
    #[arg(long, value_name = "FILE")]
    pub to: PathBuf,
    /// Bits of a fingerprint: 8 refuses one fresh password in 256, 16 one in 65,536 and takes twice the space.
    #[arg(long, value_enum, default_value = "8")]
    pub bits: Bits,
    /// What a line is.
    #[arg(long, value_enum, default_value = "plain")]
    pub format: Format,
}

/// Options of `breach-filter check`.
#[derive(Debug, Clone, Args)]
#[non_exhaustive]
pub struct Check {
    /// The filter.
    #[arg(value_name = "FILE")]
    pub filter: PathBuf,
}

/// Bits of a fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[non_exhaustive]
pub enum Bits {
    /// About 9 bits an entry.
    #[value(name = "8")]
    Eight,
    /// About 18 bits an entry.
    #[value(name = "16")]
    Sixteen,
}

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[non_exhaustive]
pub enum Format {
    /// A password.
    Plain,
    /// SHA-1 in hexadecimal digits, with a colon and a count or without, as Have I Been Pwned gives it.
    Sha1,
}

/// Does it.
pub fn run(command: &Command) -> ExitCode {
    match command {
        Command::Build(args) => match build(args) {
            Ok(text) => print(text),
            Err(error) => fail(&error),
        },
        Command::Check(args) => match check(&args.filter, io::stdin().lock(), io::stdout()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => fail(&error),
        },
    }
}

fn build(args: &Build) -> Result<String, BreachFilterError> {
    let file = File::open(&args.from)?;
    let length = file.metadata()?.len();
    let bar = bar(length, "{bar:40} {bytes} of {total_bytes}, {eta} left");
    let lines = match args.format {
        Format::Plain => BreachLines::Plain,
        Format::Sha1 => BreachLines::Sha1,
    };
    let bits = match args.bits {
        Bits::Eight => FingerprintBits::Eight,
        Bits::Sixteen => FingerprintBits::Sixteen,
    };
    let mut builder = BreachFilterBuilder::new(lines).fingerprint_bits(bits);
    let read = builder.add_lines(BufReader::with_capacity(1 << 20, file), |bytes| {
        bar.set_position(bytes);
    })?;
    bar.finish_and_clear();
    let written = builder.write(&args.to)?;
    let each = 8.0 * written.bytes as f64 / written.entries as f64;
    Ok(format!(
        "{} entries from {read} lines, {} bytes, {each:.1} bits an entry",
        written.entries, written.bytes
    ))
}

/// Reads passwords, a line each, and writes the numbers of the lines that are in the filter, then how many are and are not.
fn check(filter: &Path, lines: impl Read, mut out: impl Write) -> Result<(), BreachFilterError> {
    let filter = BreachFilter::open(filter)?;
    // The buffer is wiped when it goes; a line is at most what a password may be, and one more to see that it is not.
    let mut lines = BufReader::new(lines);
    let (mut yes, mut no, mut neither) = (0_u64, 0_u64, 0_u64);
    for number in 1_u64.. {
        let mut line = Zeroizing::new(Vec::with_capacity(Password::MAX_BYTES + 2));
        let most = Password::MAX_BYTES as u64 + 2;
        if lines.by_ref().take(most).read_until(b'\n', &mut line)? == 0 {
            break;
        }
        if line.last() != Some(&b'\n') && line.len() as u64 == most {
            skip(&mut lines)?;
        }
        let text = str::from_utf8(&line).unwrap_or("");
        match Password::new(text.trim_end_matches(['\r', '\n']).to_owned()) {
            Err(_) => {
                neither += 1;
                writeln!(out, "line {number}: no password")?;
            }
            Ok(password) if filter.contains(&password) => {
                yes += 1;
                writeln!(out, "line {number}: yes")?;
            }
            Ok(_) => no += 1,
        }
    }
    writeln!(out, "{yes} yes, {no} no, {neither} no passwords")?;
    Ok(())
}

/// The rest of a line that is too long.
fn skip(lines: &mut impl BufRead) -> io::Result<()> {
    loop {
        let buffer = lines.fill_buf()?;
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let used = end.map_or(buffer.len(), |end| end + 1);
        lines.consume(used);
        if end.is_some() || used == 0 {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_becomes_a_filter_and_lines_are_told_by_number() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("list"), folder.path().join("filter"));
        std::fs::write(&from, "moss lantern\nquartz ferry\nmoss lantern\n").unwrap();
        let args = Build {
            from,
            to: to.clone(),
            bits: Bits::Sixteen,
            format: Format::Plain,
        };
        let said = build(&args).unwrap();
        assert!(said.starts_with("2 entries from 3 lines, "), "{said}");
        let mut out = Vec::new();
        let long = "x".repeat(3_000);
        let typed = format!("quartz ferry\nfresh and new\n\n{long}\nmoss lantern");
        check(&to, typed.as_bytes(), &mut out).unwrap();
        let out = String::from_utf8(out).unwrap();
        assert_eq!(
            out,
            "line 1: yes\nline 3: no password\nline 4: no password\nline 5: yes\n2 yes, 1 no, 2 no passwords\n"
        );
    }

    #[test]
    fn a_list_of_hashes_that_is_none_says_where_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("list"), folder.path().join("filter"));
        std::fs::write(&from, format!("{}:7\nhunter2\n", "0F".repeat(20))).unwrap();
        let args = Build {
            from,
            to: to.clone(),
            bits: Bits::Eight,
            format: Format::Sha1,
        };
        let error = build(&args).unwrap_err().to_string();
        assert!(
            error.starts_with("line 2: ") && !error.contains("hunter2"),
            "{error}"
        );
        assert!(!to.exists());
    }
}
