//! The few types that cross into SQL and back.

use domain::ServiceId;
use jiff::Timestamp;
use uuid::Uuid;

use crate::error::StoreError;

/// A parameter or a column. Both databases know these types and no others.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// A number, an instant in microseconds, or 0 and 1 for false and true.
    Integer(i64),
    /// Text, also JSON.
    Text(String),
    /// Bytes, also the 16 of an id.
    Bytes(Vec<u8>),
}

macro_rules! from {
    ($($type:ty => |$value:ident| $to:expr;)*) => {$(
        impl From<$type> for Value {
            fn from($value: $type) -> Self {
                $to
            }
        }
    )*};
}

from! {
    i64 => |value| Self::Integer(value);
    u32 => |value| Self::Integer(i64::from(value));
    bool => |value| Self::Integer(i64::from(value));
    String => |value| Self::Text(value);
    &str => |value| Self::Text(value.to_owned());
    &String => |value| Self::Text(value.clone());
    Vec<u8> => |value| Self::Bytes(value);
    &[u8] => |value| Self::Bytes(value.to_vec());
    Uuid => |value| Self::Bytes(value.as_bytes().to_vec());
    Timestamp => |value| Self::Integer(value.as_microsecond());
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// What a column can be read as.
pub trait Column: Sized {
    /// The value as this type; `None` when it is of another.
    fn read(value: Value) -> Option<Self>;
}

impl Column for i64 {
    fn read(value: Value) -> Option<Self> {
        match value {
            Value::Integer(number) => Some(number),
            Value::Null | Value::Text(_) | Value::Bytes(_) => None,
        }
    }
}

impl Column for u32 {
    fn read(value: Value) -> Option<Self> {
        i64::read(value).and_then(|number| Self::try_from(number).ok())
    }
}

impl Column for String {
    fn read(value: Value) -> Option<Self> {
        match value {
            Value::Text(text) => Some(text),
            Value::Null | Value::Integer(_) | Value::Bytes(_) => None,
        }
    }
}

impl Column for Vec<u8> {
    fn read(value: Value) -> Option<Self> {
        match value {
            Value::Bytes(bytes) => Some(bytes),
            Value::Null | Value::Integer(_) | Value::Text(_) => None,
        }
    }
}

impl Column for Uuid {
    fn read(value: Value) -> Option<Self> {
        Self::from_slice(&Vec::<u8>::read(value)?).ok()
    }
}

impl Column for Timestamp {
    fn read(value: Value) -> Option<Self> {
        Self::from_microsecond(i64::read(value)?).ok()
    }
}

impl<T: Column> Column for Option<T> {
    fn read(value: Value) -> Option<Self> {
        if value == Value::Null { Some(None) } else { T::read(value).map(Some) }
    }
}

/// One row of an answer; its columns are taken in the order of the statement.
#[derive(Debug)]
pub struct Row {
    columns: std::vec::IntoIter<Value>,
}

impl Row {
    pub(crate) fn new(columns: Vec<Value>) -> Self {
        Self { columns: columns.into_iter() }
    }

    /// The next column. Fails when the stored value is not what this version writes there.
    pub fn take<T: Column>(&mut self) -> Result<T, StoreError> {
        self.columns.next().and_then(T::read).ok_or(StoreError::Unreadable("a column"))
    }

    /// The first column, which stays to be taken, as an id.
    pub(crate) fn peek_id(&self) -> Result<Uuid, StoreError> {
        let first = self.columns.as_slice().first().cloned();
        first.and_then(Uuid::read).ok_or(StoreError::Unreadable("an id"))
    }

    /// The next column, made into something richer.
    pub fn take_as<T: Column, U>(
        &mut self,
        what: &'static str,
        make: impl FnOnce(T) -> Option<U>,
    ) -> Result<U, StoreError> {
        make(self.take()?).ok_or(StoreError::Unreadable(what))
    }

    /// The next column, a booking's service or that of its claim.
    pub fn take_service(&mut self, what: &'static str) -> Result<ServiceId, StoreError> {
        self.take_as(what, |text: String| ServiceId::stored(&text))
    }

    /// The next column, parsed from its text.
    pub fn take_parsed<U: std::str::FromStr>(
        &mut self,
        what: &'static str,
    ) -> Result<U, StoreError> {
        self.take_as(what, |text: String| text.parse().ok())
    }
}

/// Parameters of a statement, in the order of `$1`, `$2`, …
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => { &[$($crate::Value::from($value)),*] };
}
