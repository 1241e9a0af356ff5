//! The words for each rule of a schema.

use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use jsonschema::{JsonType, JsonTypeSet};
use serde_json::Value;

/// For a fault that several schemas find for different reasons.
pub(super) const IN_GENERAL: &str = "This is not one of the values allowed here.";

/// More values than a person reads in a message.
const MAX_LISTED: usize = 20;

/// A stable code and a sentence. Limits come from the schema, never from the value.
pub(super) fn describe(kind: &Kind) -> (&'static str, String) {
    match kind {
        Kind::Type { kind: TypeKind::Single(one) } => ("type", type_sentence((*one).into())),
        Kind::Type { kind: TypeKind::Multiple(several) } => ("type", type_sentence(*several)),
        Kind::MaxLength { limit } => {
            ("max_length", format!("This is longer than {limit} characters."))
        }
        Kind::MinLength { limit: 1 } => ("min_length", "This must not be empty.".to_owned()),
        Kind::MinLength { limit } => {
            ("min_length", format!("This is shorter than {limit} characters."))
        }
        Kind::MaxItems { limit } => ("max_items", format!("There are more than {limit} items.")),
        Kind::MinItems { limit } => ("min_items", format!("There must be at least {limit} items.")),
        Kind::MaxProperties { limit } => {
            ("max_members", format!("There are more than {limit} members."))
        }
        Kind::MinProperties { limit } => {
            ("min_members", format!("There must be at least {limit} members."))
        }
        Kind::Maximum { limit } => ("maximum", format!("This must be {limit} at most.")),
        Kind::Minimum { limit } => ("minimum", format!("This must be {limit} at least.")),
        Kind::ExclusiveMaximum { limit } => ("maximum", format!("This must be below {limit}.")),
        Kind::ExclusiveMinimum { limit } => ("minimum", format!("This must be above {limit}.")),
        Kind::MultipleOf { multiple_of } => {
            ("multiple_of", format!("This must be a multiple of {multiple_of}."))
        }
        Kind::Enum { options } => ("enum", one_of(options)),
        Kind::Constant { expected_value } => ("enum", format!("This must be {expected_value}.")),
        Kind::Pattern { .. } => ("pattern", "This does not have the expected form.".to_owned()),
        Kind::Format { format } => ("format", format_sentence(format)),
        Kind::UniqueItems => ("unique_items", "An item is given more than once.".to_owned()),
        Kind::AdditionalItems { .. } | Kind::UnevaluatedItems { .. } => {
            ("max_items", "There are more items than are known here.".to_owned())
        }
        Kind::PropertyNames { .. } => {
            ("member_name", "A member's name does not have the expected form.".to_owned())
        }
        Kind::AdditionalProperties { .. }
        | Kind::AnyOf { .. }
        | Kind::BacktrackLimitExceeded { .. }
        | Kind::Contains
        | Kind::ContentEncoding { .. }
        | Kind::ContentMediaType { .. }
        | Kind::Custom { .. }
        | Kind::FalseSchema
        | Kind::FromUtf8 { .. }
        | Kind::Not { .. }
        | Kind::OneOfMultipleValid { .. }
        | Kind::OneOfNotValid { .. }
        | Kind::Referencing(_)
        | Kind::RegexEngineFailure { .. }
        | Kind::Required { .. }
        | Kind::UnevaluatedProperties { .. } => ("value", "This cannot be used here.".to_owned()),
    }
}

fn type_sentence(allowed: JsonTypeSet) -> String {
    let names = allowed.iter().map(type_name).collect::<Vec<_>>();
    format!("This must be {}.", names.join(" or "))
}

fn type_name(kind: JsonType) -> &'static str {
    match kind {
        JsonType::Array => "a list",
        JsonType::Boolean => "true or false",
        JsonType::Integer => "a whole number",
        JsonType::Null => "null",
        JsonType::Number => "a number",
        JsonType::Object => "an object",
        JsonType::String => "a text",
    }
}

fn one_of(options: &Value) -> String {
    let options = options.as_array().map(Vec::as_slice).unwrap_or_default();
    if options.is_empty() || options.len() > MAX_LISTED {
        return IN_GENERAL.to_owned();
    }
    let name = |option: &Value| option.as_str().map_or_else(|| option.to_string(), str::to_owned);
    format!("This must be one of: {}.", options.iter().map(name).collect::<Vec<_>>().join(", "))
}

fn format_sentence(format: &str) -> String {
    let example = match format {
        "date-time" => "a time with its offset, such as 2026-12-01T09:30:00+01:00",
        "date" => "a date such as 2026-12-01",
        "time" => "a time of day such as 09:30:00Z",
        "email" | "idn-email" => "an e-mail address",
        "uri" => "an absolute URL",
        "uuid" => "a UUID",
        other => return format!("This is not in the format {other}."),
    };
    format!("This must be {example}.")
}
