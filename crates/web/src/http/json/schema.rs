//! A value against the JSON Schema that the API description publishes for its type: every fault
//! is found, where serde would stop at the first.

use std::any::TypeId;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use domain::Faults;
use jsonschema::Validator;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::fault;

/// One validator for each type, compiled when the type is first read.
static VALIDATORS: LazyLock<RwLock<HashMap<TypeId, Arc<Validator>>>> =
    LazyLock::new(RwLock::default);

/// The schema of `T` as a document of its own: what it refers to stands in `components`, where the
/// references of an OpenAPI document point.
pub fn standalone<T: ToSchema>() -> Value {
    let mut referenced = Vec::new();
    T::schemas(&mut referenced);
    let schemas = referenced.into_iter().map(|(name, schema)| (name, json!(schema)));
    let schemas = schemas.collect::<Map<_, _>>();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "allOf": [T::schema()],
        "components": { "schemas": schemas },
    })
}

/// Checks a value against the schema of `T`.
pub(super) fn check<T: ToSchema + 'static>(value: &Value) -> Result<(), Faults> {
    let validator = validator_of::<T>();
    fault::all(validator.iter_errors(value).map(|error| fault::of(&error))).into_result()
}

fn validator_of<T: ToSchema + 'static>() -> Arc<Validator> {
    let key = TypeId::of::<T>();
    let known = VALIDATORS.read().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
    known.unwrap_or_else(|| {
        let compiled = Arc::new(compile::<T>());
        let mut validators = VALIDATORS.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(validators.entry(key).or_insert(compiled))
    })
}

fn compile<T: ToSchema>() -> Validator {
    jsonschema::draft202012::options()
        .should_validate_formats(true)
        .build(&standalone::<T>())
        .expect("the schema of a type of ours is valid")
}
