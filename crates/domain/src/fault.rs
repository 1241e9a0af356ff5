//! Everything that is wrong with an input, each fault with the place where it stands.

use std::fmt;

/// A place in a document, as a JSON pointer (RFC 6901): empty for the document itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Pointer(String);

impl Pointer {
    /// The document itself.
    pub fn root() -> Self {
        Self::default()
    }

    /// A pointer as written. It is not checked: ours are literals, others come from a parser.
    pub fn of(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The member or element `token` of this place.
    #[must_use]
    pub fn at(&self, token: impl fmt::Display) -> Self {
        let token = token.to_string().replace('~', "~0").replace('/', "~1");
        Self(format!("{}/{token}", self.0))
    }

    /// The pointer's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One thing that is wrong with an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where it stands.
    pub pointer: Pointer,
    /// A stable word for programs, such as `required` or `too_long`.
    pub code: &'static str,
    /// A sentence for people, without the offending value.
    pub message: String,
}

/// The faults of one input, in the order in which they were found. None is "first": a person mends
/// them all at once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// No fault yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A single fault.
    pub fn one(pointer: Pointer, code: &'static str, message: impl Into<String>) -> Self {
        let mut faults = Self::new();
        faults.add(pointer, code, message);
        faults
    }

    /// Notes a fault.
    pub fn add(&mut self, pointer: Pointer, code: &'static str, message: impl Into<String>) {
        self.0.push(Fault { pointer, code, message: message.into() });
    }

    /// Notes all faults of another input that is part of this one.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Notes the fault, or hands on the value.
    pub fn keep<T, E: fmt::Display>(
        &mut self,
        pointer: Pointer,
        code: &'static str,
        result: Result<T, E>,
    ) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.add(pointer, code, error.to_string());
                None
            }
        }
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The faults.
    pub fn as_slice(&self) -> &[Fault] {
        &self.0
    }

    /// `Ok` when nothing is wrong.
    pub fn into_result(self) -> Result<(), Self> {
        if self.is_empty() { Ok(()) } else { Err(self) }
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{}: {}", fault.pointer, fault.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}
