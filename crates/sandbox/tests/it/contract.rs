//! Checks requests and answers against the providers' own specifications in `specs/`.

use std::sync::LazyLock;

use reqwest::{Method, StatusCode};
use serde_json::Value;

/// Google's discovery document: methods by path, and schemas.
pub(crate) struct Google(Value);

/// The pruned OpenAPI document of Twilio's REST API.
pub(crate) struct Twilio(Value);

static GOOGLE: LazyLock<Google> =
    LazyLock::new(|| Google(read(include_str!("../../../../specs/google/calendar.v3.json"))));
static TWILIO: LazyLock<Twilio> = LazyLock::new(|| {
    Twilio(read(include_str!("../../../../specs/twilio/twilio_api_v2010.pruned.json")))
});

fn read(json: &str) -> Value {
    serde_json::from_str(json).unwrap()
}

impl Google {
    pub(crate) fn load() -> &'static Self {
        &GOOGLE
    }

    /// Fails the test unless the document knows the call, its parameters and its body, and the
    /// answer has the shape it promises.
    pub(crate) fn check(
        &self,
        method: &Method,
        path: &str,
        body: Option<&Value>,
        status: StatusCode,
        answer: &str,
    ) {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let spec = self.method(method, path);
        for (name, _) in url::form_urlencoded::parse(query.as_bytes()) {
            let known = spec["parameters"].get(&*name).or(self.0["parameters"].get(&*name));
            assert!(known.is_some(), "{method} {path} has no parameter {name}");
        }
        if status == StatusCode::BAD_REQUEST {
            return; // The request is meant to be wrong.
        }
        if let Some(body) = body {
            self.must_match(&spec["request"], body, method == Method::PATCH);
        }
        if status.is_success() {
            match spec.get("response") {
                Some(schema) => self.must_match(schema, &read(answer), false),
                None => assert!(answer.is_empty() && status == StatusCode::NO_CONTENT),
            }
        }
    }

    fn method(&self, method: &Method, path: &str) -> &Value {
        let found = methods(&self.0["resources"]).into_iter().find(|spec| {
            spec["httpMethod"] == method.as_str()
                && is_instance(spec["path"].as_str().unwrap(), path)
        });
        found.unwrap_or_else(|| panic!("the discovery document has no {method} {path}"))
    }

    fn must_match(&self, schema: &Value, value: &Value, deletes: bool) {
        let check = Check { schemas: &self.0["schemas"], prefix: "", deletes };
        let faults = check.faults(schema, value, "");
        assert!(faults.is_empty(), "{value} breaks the discovery document: {faults:?}");
    }
}

/// Every method of every resource; fixed paths before those with parameters.
fn methods(resources: &Value) -> Vec<&Value> {
    let resources = resources.as_object().into_iter().flatten();
    let methods = resources.filter_map(|(_, resource)| resource["methods"].as_object());
    let mut methods: Vec<&Value> = methods.flat_map(|methods| methods.values()).collect();
    methods.sort_by_key(|method| method["path"].as_str().unwrap().matches('{').count());
    methods
}

fn is_instance(template: &str, path: &str) -> bool {
    let (template, path) = (template.split('/'), path.split('/'));
    template.clone().count() == path.clone().count()
        && template.zip(path).all(|(t, p)| t.starts_with('{') || t == p)
}

impl Twilio {
    pub(crate) fn load() -> &'static Self {
        &TWILIO
    }

    /// Fails the test unless a successful answer is what the document promises for that status.
    pub(crate) fn check(&self, method: &Method, path: &str, status: StatusCode, answer: &Value) {
        let path = path.split('?').next().unwrap();
        let paths = self.0["paths"].as_object().unwrap();
        let mut templates: Vec<&String> = paths.keys().collect();
        templates.sort_by_key(|template| template.matches('{').count());
        let template = templates.into_iter().find(|template| {
            let (template, path) = (template.replace("}.json", "}"), path);
            is_instance(&template, path)
        });
        let method = method.as_str().to_lowercase();
        let spec = &paths[template.unwrap()][method]["responses"];
        if !status.is_success() {
            assert_eq!(answer["status"], status.as_u16());
            assert!(answer["code"].is_u64() && answer["message"].is_string());
            return;
        }
        let spec = spec.get(status.as_str());
        let spec = spec.unwrap_or_else(|| panic!("{status} is not promised for {path}"));
        if let Some(schema) = spec["content"]["application/json"].get("schema") {
            let schemas = &self.0["components"]["schemas"];
            let check = Check { schemas, prefix: "#/components/schemas/", deletes: false };
            let faults = check.faults(schema, answer, "");
            assert!(faults.is_empty(), "{answer} breaks the specification: {faults:?}");
        }
    }
}

/// The subset of JSON Schema both documents use. A property the schema does not name is a fault:
/// what the sandbox makes up, a client could come to rely on.
struct Check<'a> {
    schemas: &'a Value,
    prefix: &'a str,
    /// Whether null deletes a field, as it does in a patch, and so may stand in for any.
    deletes: bool,
}

impl Check<'_> {
    fn faults(&self, schema: &Value, value: &Value, at: &str) -> Vec<String> {
        if let Some(name) = schema["$ref"].as_str() {
            let name = name.strip_prefix(self.prefix).unwrap();
            return self.faults(&self.schemas[name], value, at);
        }
        if value.is_null() && (self.deletes || schema["nullable"] == true) {
            return Vec::new();
        }
        let sound = match schema["type"].as_str().unwrap_or("any") {
            "object" => return self.object_faults(schema, value, at),
            "array" => {
                let items = value.as_array().into_iter().flatten().enumerate();
                let faults =
                    items.flat_map(|(n, v)| self.faults(&schema["items"], v, &format!("{at}/{n}")));
                let faults: Vec<String> = faults.collect();
                return if value.is_array() { faults } else { vec![format!("{at} is no array")] };
            }
            "string" => value.as_str().is_some_and(|text| text_is_sound(schema, text)),
            "integer" => value.as_i64().is_some(),
            "number" => value.is_number(),
            "boolean" => value.is_boolean(),
            _ => true,
        };
        if sound { Vec::new() } else { vec![format!("{at} is {value}")] }
    }

    fn object_faults(&self, schema: &Value, value: &Value, at: &str) -> Vec<String> {
        let Some(object) = value.as_object() else { return vec![format!("{at} is no object")] };
        let free =
            schema.get("properties").is_none() && schema.get("additionalProperties").is_none();
        object
            .iter()
            .flat_map(|(name, value)| {
                let at = format!("{at}/{name}");
                let known = schema["properties"].get(name).or(schema.get("additionalProperties"));
                match known {
                    Some(schema) => self.faults(schema, value, &at),
                    None if free => Vec::new(),
                    None => vec![format!("{at} is not known")],
                }
            })
            .collect()
    }
}

fn text_is_sound(schema: &Value, text: &str) -> bool {
    let listed = schema["enum"].as_array();
    let formatted = match schema["format"].as_str().unwrap_or_default() {
        "date-time" => text.parse::<jiff::Timestamp>().is_ok(),
        "date" => text.parse::<jiff::civil::Date>().is_ok(),
        "int64" => text.parse::<i64>().is_ok(),
        "date-time-rfc-2822" => jiff::fmt::rfc2822::parse(text).is_ok(),
        _ => true,
    };
    formatted
        && listed.is_none_or(|words| words.iter().any(|word| word == text))
        && schema["pattern"].as_str().is_none_or(|pattern| fits(pattern, text))
}

/// The only patterns there are: `^AC[0-9a-fA-F]{32}$`, with one prefix or a choice of them.
fn fits(pattern: &str, text: &str) -> bool {
    let prefixes = pattern.trim_start_matches('^').strip_suffix("[0-9a-fA-F]{32}$").unwrap();
    let prefixes = prefixes.trim_matches(['(', ')']).split('|');
    prefixes
        .into_iter()
        .filter_map(|prefix| text.strip_prefix(prefix))
        .any(|digits| digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[test]
fn the_checks_find_what_is_wrong() {
    let google = Google::load();
    let faults = |event: Value| {
        let check = Check { schemas: &google.0["schemas"], prefix: "", deletes: false };
        check.faults(&serde_json::json!({ "$ref": "Event" }), &event, "").len()
    };

    assert_eq!(faults(serde_json::json!({ "start": { "dateTime": "2026-12-01T10:00:00Z" } })), 0);
    assert_eq!(faults(serde_json::json!({ "start": { "dateTime": "tomorrow" } })), 1);
    assert_eq!(faults(serde_json::json!({ "sequence": "1", "madeUp": 1 })), 2);
    assert!(fits("^(SM|MM)[0-9a-fA-F]{32}$", &format!("SM{}", "0".repeat(32))));
    assert!(!fits("^AC[0-9a-fA-F]{32}$", "AC0"));
}
