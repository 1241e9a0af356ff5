//! Texts with variables: `Your visit is on {start}.`
//!
//! A variable's value is only ever text: it is put in after the template was read, so that nothing
//! in it can be taken for a variable, and markup is the business of whoever shows it.

/// What can stand in braces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variable {
    /// The recipient's name, or else their address.
    Name,
    /// The service's title.
    Title,
    /// From when to when, with the zone.
    When,
    /// When it begins, with the zone.
    Start,
    /// Where; empty where the service says nothing.
    Location,
    /// The host's name.
    Host,
    /// For a move: the time that the recipient knew. For a move that failed: the time asked for.
    Earlier,
    /// For an offer: until when it stands.
    Until,
    /// Where the recipient changes, cancels or books again.
    Link,
}

impl Variable {
    /// Every variable with its name.
    pub const ALL: [(&'static str, Self); 9] = [
        ("name", Self::Name),
        ("title", Self::Title),
        ("when", Self::When),
        ("start", Self::Start),
        ("location", Self::Location),
        ("host", Self::Host),
        ("earlier", Self::Earlier),
        ("until", Self::Until),
        ("link", Self::Link),
    ];

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(known, _)| *known == name).map(|(_, variable)| variable)
    }
}

/// Why a text is no template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// No such variable.
    #[error("{{{0}}} is not a variable; known are {known}", known = known())]
    Unknown(String),
    /// A brace that is not closed, or closes nothing.
    #[error("a brace stands alone; write {{{{ or }}}} for the character itself")]
    LoneBrace,
}

impl TemplateError {
    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unknown(_) => "unknown_variable",
            Self::LoneBrace => "lone_brace",
        }
    }
}

fn known() -> String {
    Variable::ALL.map(|(name, _)| format!("{{{name}}}")).join(", ")
}

/// A text with variables, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Variable(Variable),
}

impl Template {
    /// Reads a template; `{{` and `}}` are braces themselves.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, brace) = rest.split_at(at);
            plain.push_str(before);
            if let Some(after) = brace.strip_prefix("{{") {
                plain.push('{');
                rest = after;
            } else if let Some(after) = brace.strip_prefix("}}") {
                plain.push('}');
                rest = after;
            } else {
                let inside = brace.strip_prefix('{').ok_or(TemplateError::LoneBrace)?;
                let (name, after) = inside.split_once('}').ok_or(TemplateError::LoneBrace)?;
                let name = name.trim();
                let variable =
                    Variable::named(name).ok_or_else(|| TemplateError::Unknown(name.to_owned()))?;
                pieces.push(Piece::Text(std::mem::take(&mut plain)));
                pieces.push(Piece::Variable(variable));
                rest = after;
            }
        }
        plain.push_str(rest);
        pieces.push(Piece::Text(plain));
        Ok(Self(pieces))
    }

    /// The text with the variables' values.
    pub fn fill(&self, value: impl Fn(Variable) -> String) -> String {
        self.0
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.clone(),
                Piece::Variable(variable) => value(*variable),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str) -> String {
        let template = Template::parse(text).expect(text);
        template.fill(|variable| match variable {
            Variable::Name => "{title} <b>".to_owned(),
            Variable::Start => "tomorrow".to_owned(),
            Variable::Title
            | Variable::When
            | Variable::Location
            | Variable::Host
            | Variable::Earlier
            | Variable::Until
            | Variable::Link => "?".to_owned(),
        })
    }

    #[test]
    fn variables_are_filled_in_and_a_value_is_never_read_as_a_template() {
        assert_eq!(filled("Hi {name}, {start}!"), "Hi {title} <b>, tomorrow!");
        assert_eq!(filled("{{name}} costs {{}}"), "{name} costs {}");
        assert_eq!(filled(""), "");
    }

    #[test]
    fn what_is_not_known_is_named() {
        let refused = Template::parse("Dear {nmae},").expect_err("a typing error");

        assert!(refused.to_string().starts_with("{nmae} is not a variable; known are {name}, "));
        for text in ["{name", "name}", "{", "a } b"] {
            assert_eq!(Template::parse(text), Err(TemplateError::LoneBrace), "{text}");
        }
    }
}
