//! Licence expressions as SPDX defines them (specification 2.3, annex D), and the `/` that old
//! manifests write for `OR`.
//!
//! It answers one question: does a set of licences satisfy an expression? `WITH` binds tighter
//! than `AND`, and `AND` tighter than `OR`.

use std::fmt;
use std::iter::Peekable;
use std::vec::IntoIter;

/// No real expression comes near this; it bounds the parser's recursion.
const MAX_LENGTH: usize = 1_000;

/// Why an expression could not be judged.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Malformed {
    TooLong,
    Expected { what: &'static str, found: String },
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(f, "it is longer than {MAX_LENGTH} bytes"),
            Self::Expected { what, found } => write!(f, "it has {found} where {what} belongs"),
        }
    }
}

/// Whether licences for which `allowed` is true satisfy the expression. A licence with an
/// exception is asked about as one name: `Apache-2.0 WITH LLVM-exception`.
pub(crate) fn satisfied(
    expression: &str,
    allowed: &dyn Fn(&str) -> bool,
) -> Result<bool, Malformed> {
    if expression.len() > MAX_LENGTH {
        return Err(Malformed::TooLong);
    }
    let mut parser = Parser { words: words(expression).into_iter().peekable(), allowed };
    let verdict = parser.alternatives()?;
    match parser.words.next() {
        None => Ok(verdict),
        Some(word) => Err(expected("the end", Some(word))),
    }
}

struct Parser<'a> {
    words: Peekable<IntoIter<String>>,
    allowed: &'a dyn Fn(&str) -> bool,
}

impl Parser<'_> {
    // Both sides are always parsed: `||` and `&&` would stop at the verdict and miss a fault.
    fn alternatives(&mut self) -> Result<bool, Malformed> {
        let mut verdict = self.requirements()?;
        while self.take("OR") || self.take("/") {
            verdict |= self.requirements()?;
        }
        Ok(verdict)
    }

    fn requirements(&mut self) -> Result<bool, Malformed> {
        let mut verdict = self.operand()?;
        while self.take("AND") {
            verdict &= self.operand()?;
        }
        Ok(verdict)
    }

    fn operand(&mut self) -> Result<bool, Malformed> {
        if !self.take("(") {
            return self.licence();
        }
        let verdict = self.alternatives()?;
        if self.take(")") { Ok(verdict) } else { Err(expected("`)`", self.words.next())) }
    }

    fn licence(&mut self) -> Result<bool, Malformed> {
        let name = self.name("a licence")?;
        if self.take("WITH") {
            let exception = self.name("an exception")?;
            return Ok((self.allowed)(&format!("{name} WITH {exception}")));
        }
        // "Or any later version" includes the version named.
        Ok((self.allowed)(name.strip_suffix('+').unwrap_or(&name)))
    }

    fn name(&mut self, what: &'static str) -> Result<String, Malformed> {
        match self.words.next() {
            Some(word) if is_name(&word) => Ok(word),
            other => Err(expected(what, other)),
        }
    }

    fn take(&mut self, word: &str) -> bool {
        self.words.next_if(|next| next == word).is_some()
    }
}

fn expected(what: &'static str, found: Option<String>) -> Malformed {
    let found = found.map_or_else(|| "its end".to_owned(), |word| format!("`{word}`"));
    Malformed::Expected { what, found }
}

fn is_name(word: &str) -> bool {
    let operator = matches!(word, "AND" | "OR" | "WITH");
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | ':' | '+');
    !operator && word.chars().all(allowed)
}

/// Splits at white space; parentheses and the slash are words of their own.
fn words(expression: &str) -> Vec<String> {
    let mut spaced = String::with_capacity(expression.len());
    for c in expression.chars() {
        if matches!(c, '(' | ')' | '/') {
            spaced.extend([' ', c, ' ']);
        } else {
            spaced.push(c);
        }
    }
    spaced.split_whitespace().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALLOWED: [&str; 4] = ["MIT", "Apache-2.0", "ISC", "GPL-2.0 WITH Classpath-exception-2.0"];

    fn judge(expression: &str) -> Result<bool, Malformed> {
        satisfied(expression, &|name| ALLOWED.contains(&name))
    }

    #[test]
    fn an_expression_is_satisfied_by_the_licences_it_needs() {
        for (expression, verdict) in [
            ("MIT", true),
            ("GPL-3.0-only", false),
            ("MIT OR GPL-3.0-only", true),
            ("GPL-3.0-only OR MIT", true),
            ("MIT AND GPL-3.0-only", false),
            ("Apache-2.0 AND ISC", true),
            ("(MIT OR GPL-3.0-only) AND ISC", true),
            ("(MIT OR Apache-2.0) AND Unicode-3.0", false),
            ("Apache-2.0+", true),
        ] {
            assert_eq!(judge(expression), Ok(verdict), "{expression}");
        }
    }

    #[test]
    fn and_binds_tighter_than_or() {
        assert_eq!(judge("MIT OR ISC AND GPL-3.0-only"), Ok(true));
        assert_eq!(judge("GPL-3.0-only AND ISC OR MIT"), Ok(true));
        assert_eq!(judge("(MIT OR ISC) AND GPL-3.0-only"), Ok(false));
    }

    #[test]
    fn an_exception_belongs_to_its_licence() {
        assert_eq!(judge("GPL-2.0 WITH Classpath-exception-2.0"), Ok(true));
        assert_eq!(judge("GPL-2.0"), Ok(false));
        assert_eq!(judge("Apache-2.0 WITH LLVM-exception"), Ok(false));
        assert_eq!(judge("Apache-2.0 WITH LLVM-exception OR Apache-2.0 OR MIT"), Ok(true));
    }

    #[test]
    fn the_slash_of_old_manifests_means_or() {
        assert_eq!(judge("GPL-3.0/MIT"), Ok(true));
        assert_eq!(judge("GPL-3.0 / Unlicense"), Ok(false));
    }

    #[test]
    fn what_is_no_expression_is_refused_even_when_its_verdict_seems_clear() {
        for expression in [
            "",
            "MIT OR",
            "OR MIT",
            "MIT OR (",
            "(MIT",
            "MIT)",
            "MIT ISC",
            "MIT WITH",
            "MIT AND AND ISC",
            "MIT OR non-standard!",
            "MIT or ISC",
        ] {
            assert!(judge(expression).is_err(), "{expression}");
        }
    }

    #[test]
    fn nesting_cannot_exhaust_the_stack() {
        let deep = "(".repeat(MAX_LENGTH + 1);

        assert_eq!(judge(&deep), Err(Malformed::TooLong));
        assert!(judge(&deep[1..]).is_err());
    }
}
