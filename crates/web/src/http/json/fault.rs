//! What the schema says about a value, in words for people and without the value.

mod words;

use domain::{Fault, Faults, Pointer};
use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind as Kind;

/// Nobody mends more at once, and comparing alternatives costs the square of it.
const ENOUGH: usize = 100;

/// The faults that an error of the validator stands for. One about an object's members points at
/// the member.
pub(super) fn of(error: &ValidationError<'_>) -> Faults {
    let place = Pointer::of(error.instance_path().as_str());
    if let Kind::Required { property } = error.kind() {
        let name = property.as_str().unwrap_or_default();
        return Faults::one(place.at(name), "required", "This member is required.");
    }
    if let Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } =
        error.kind()
    {
        return unknown_members(&place, unexpected);
    }
    if let Kind::AnyOf { context } | Kind::OneOfNotValid { context } = error.kind() {
        return fits_none(context, place);
    }
    let (code, message) = words::describe(error.kind());
    Faults::one(place, code, message)
}

fn unknown_members(place: &Pointer, names: &[String]) -> Faults {
    let mut faults = Faults::new();
    for name in names.iter().take(ENOUGH) {
        faults.add(place.at(name), "unknown_member", "This member is not known here.");
    }
    faults
}

/// A value that fits none of several schemas: the faults against the one it was meant for, or
/// those that it has against each of them.
fn fits_none(alternatives: &[Vec<ValidationError<'static>>], place: Pointer) -> Faults {
    let meant = |errors: &&Vec<_>| !errors.iter().any(|error| differs_in_kind(error, &place));
    let faults_of = |errors: &Vec<_>| all(errors.iter().map(of));
    let nearest = alternatives.iter().filter(meant).map(faults_of).collect::<Vec<_>>();
    let candidates =
        if nearest.is_empty() { alternatives.iter().map(faults_of).collect() } else { nearest };
    shared(&candidates).unwrap_or_else(|| {
        Faults::one(place, "variant", "This fits none of the forms it may have.")
    })
}

/// A value of another type, or with another tag, was not meant for this alternative.
fn differs_in_kind(error: &ValidationError<'_>, place: &Pointer) -> bool {
    let path = error.instance_path().as_str();
    match error.kind().keyword() {
        "type" => path == place.as_str(),
        "enum" | "const" => {
            path.rsplit_once('/').is_some_and(|(parent, _)| parent == place.as_str())
        }
        _ => false,
    }
}

/// The faults that all candidates have. `None` when there is no such fault.
fn shared(candidates: &[Faults]) -> Option<Faults> {
    let (first, others) = candidates.split_first()?;
    let in_all = |fault: &&Fault| others.iter().all(|other| same_as(fault, other).is_some());
    let kept = first.as_slice().iter().filter(in_all).map(|fault| {
        let same = others.iter().filter_map(|other| same_as(fault, other));
        let says_the_same = same.clone().all(|other| other.message == fault.message);
        let message = if says_the_same { &fault.message } else { words::IN_GENERAL };
        Faults::one(fault.pointer.clone(), fault.code, message)
    });
    Some(all(kept)).filter(|faults| !faults.is_empty())
}

fn same_as<'f>(fault: &Fault, others: &'f Faults) -> Option<&'f Fault> {
    let is_same = |other: &&Fault| other.pointer == fault.pointer && other.code == fault.code;
    others.as_slice().iter().find(is_same)
}

/// All parts until there are enough.
pub(super) fn all(parts: impl Iterator<Item = Faults>) -> Faults {
    let mut all = Faults::new();
    for part in parts {
        all.extend(part);
        if all.as_slice().len() >= ENOUGH {
            break;
        }
    }
    all
}
