//! One parameter as serde sees it, and what can be wrong with it.

use std::borrow::Cow;
use std::fmt;

use domain::{Faults, Pointer};
use serde::Deserializer;
use serde::de::value::CowStrDeserializer;
use serde::de::{self, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

/// A parameter with its name, so that a fault can say where it stands.
pub(super) struct Parameter<'de> {
    pub(super) name: Cow<'de, str>,
    pub(super) value: Cow<'de, str>,
}

/// What is wrong, and with which parameter as soon as that is known. serde's own words are left
/// out: they repeat the value.
#[derive(Debug)]
pub(super) struct Fault {
    parameter: Option<String>,
    code: &'static str,
    message: String,
}

impl Fault {
    fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { parameter: None, code, message: message.into() }
    }

    fn of(self, name: &str) -> Self {
        Self { parameter: self.parameter.or_else(|| Some(name.to_owned())), ..self }
    }

    pub(super) fn into_faults(self) -> Faults {
        let pointer = self.parameter.map_or_else(Pointer::root, |name| Pointer::root().at(name));
        Faults::one(pointer, self.code, self.message)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    fn custom<T: fmt::Display>(_message: T) -> Self {
        Self::new("value", "This value cannot be used here.")
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new("required", "This parameter is required.").of(field)
    }

    fn unknown_variant(_variant: &str, expected: &'static [&'static str]) -> Self {
        Self::new("enum", format!("This must be one of: {}.", expected.join(", ")))
    }
}

impl<'de> IntoDeserializer<'de, Fault> for Parameter<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Parameter<'de> {
    /// The text as a deserializer of its own.
    fn text(value: Cow<'de, str>) -> CowStrDeserializer<'de, Fault> {
        value.into_deserializer()
    }

    fn parse<V: std::str::FromStr>(&self, what: &str) -> Result<V, Fault> {
        let fault = |_| Fault::new("type", format!("This must be {what}.")).of(&self.name);
        self.value.parse().map_err(fault)
    }
}

macro_rules! deserialize_numbers {
    ($($method:ident: $type:ty => $visit:ident, $what:literal;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            let value = self.parse::<$type>($what)?;
            visitor.$visit(value).map_err(|fault: Fault| fault.of(&self.name))
        }
    )*};
}

impl<'de> Deserializer<'de> for Parameter<'de> {
    type Error = Fault;

    deserialize_numbers! {
        deserialize_u8: u8 => visit_u8, "a whole number from 0 to 255";
        deserialize_u16: u16 => visit_u16, "a whole number from 0 to 65535";
        deserialize_u32: u32 => visit_u32, "a whole number, 0 or more";
        deserialize_u64: u64 => visit_u64, "a whole number, 0 or more";
        deserialize_i32: i32 => visit_i32, "a whole number";
        deserialize_i64: i64 => visit_i64, "a whole number";
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &*self.value {
            "true" | "1" => visitor.visit_bool(true),
            "false" | "0" => visitor.visit_bool(false),
            _ => Err(Fault::new("type", "This must be true or false.").of(&self.name)),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        enumeration: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let Self { name, value } = self;
        let text = Self::text(value);
        text.deserialize_enum(enumeration, variants, visitor).map_err(|fault| fault.of(&name))
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let Self { name, value } = self;
        Self::text(value).deserialize_any(visitor).map_err(|fault| fault.of(&name))
    }

    forward_to_deserialize_any! {
        i8 i16 i128 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}
