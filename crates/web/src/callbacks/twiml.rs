//! `TwiML`: what Twilio is told to send or say. Every text in it is escaped.

use app::conversation::{CallSays, Listen};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use domain::Language;

/// A document.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Twiml(String);

impl Twiml {
    /// Nothing is sent.
    pub(crate) fn silence() -> Self {
        Self::of("")
    }

    /// A text is sent to whoever texted.
    pub(crate) fn message(words: &str) -> Self {
        Self::of(&format!("<Message>{}</Message>", escaped(words)))
    }

    /// A caller hears something, and is listened to; `action` takes what they press or say.
    pub(crate) fn call(says: &CallSays, action: &str) -> Self {
        let Manner { language, hints } = manner(says.language);
        let say = |words: &str| say(words, language);
        let lead = says.lead.as_deref().map(say).unwrap_or_default();
        let prompt = if says.prompt.is_empty() { String::new() } else { say(&says.prompt) };
        let Some(listen) = says.listen else {
            return Self::of(&format!("{lead}{prompt}<Hangup/>"));
        };
        // A key or a word stops what is being said. Silence is an answer, too.
        let attributes = match listen {
            Listen::Choice => format!(
                "input=\"dtmf speech\" numDigits=\"1\" timeout=\"6\" speechTimeout=\"auto\" \
                 hints=\"{hints}\""
            ),
            Listen::Code => {
                "input=\"dtmf\" numDigits=\"8\" finishOnKey=\"#\" timeout=\"8\"".to_owned()
            }
        };
        let action = escaped(action);
        Self::of(&format!(
            "<Gather {attributes} language=\"{language}\" actionOnEmptyResult=\"true\" method=\"POST\" \
             action=\"{action}\">{lead}{prompt}</Gather>"
        ))
    }

    fn of(verbs: &str) -> Self {
        Self(format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response>{verbs}</Response>"))
    }
}

impl IntoResponse for Twiml {
    fn into_response(self) -> Response {
        ([(header::CONTENT_TYPE, "text/xml; charset=utf-8")], self.0).into_response()
    }
}

/// How a language is spoken and recognised.
struct Manner {
    /// As `Say` and `Gather` name it.
    language: &'static str,
    /// What a caller is likely to say.
    hints: &'static str,
}

fn manner(language: Language) -> Manner {
    let (language, hints) = match language {
        Language::English => ("en-US", "confirm, move, cancel, repeat, more, yes, no"),
        Language::Spanish => ("es-ES", "confirmar, cambiar, anular, repetir, otras, sí, no"),
        Language::German => {
            ("de-DE", "bestätigen, verschieben, absagen, wiederholen, andere, ja, nein")
        }
        Language::French => ("fr-FR", "confirmer, déplacer, annuler, répéter, autres, oui, non"),
    };
    Manner { language, hints }
}

fn say(words: &str, language: &str) -> String {
    format!("<Say language=\"{language}\">{}</Say>", escaped(words))
}

/// Text as XML may hold it: markup is escaped, and what XML has no room for is left out.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            '\n' | '\t' => escaped.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_is_spoken_to_and_understood_in_their_language() {
        let says = |language| CallSays {
            language,
            lead: None,
            prompt: "1".to_owned(),
            listen: Some(Listen::Choice),
        };

        let Twiml(document) = Twiml::call(&says(Language::German), "/next");

        assert!(document.contains("<Say language=\"de-DE\">1</Say>"), "{document}");
        assert!(document.contains("language=\"de-DE\" actionOnEmptyResult"), "{document}");
        for language in Language::ALL {
            let Twiml(document) = Twiml::call(&says(language), "/next");
            assert!(document.contains(&format!("language=\"{}-", language.tag())), "{document}");
        }
    }

    #[test]
    fn no_text_breaks_a_document() {
        let Twiml(document) = Twiml::message("Tom & \"Jerry\" <b>at</b> 10\u{0}\u{b}\nO'Neill 🎉");

        assert_eq!(
            document,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Message>Tom &amp; &quot;Jerry&quot; \
             &lt;b&gt;at&lt;/b&gt; 10\nO&apos;Neill 🎉</Message></Response>"
        );
        assert!(Twiml::silence().0.ends_with("<Response></Response>"));
    }
}
