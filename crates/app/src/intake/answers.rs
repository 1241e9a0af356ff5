//! The form's further fields.

use std::collections::BTreeMap;

use domain::people;
use domain::request::{MOST_ANSWERS, MOST_NOTES};

use super::Reading;

/// The most characters of a question.
const MOST_QUESTION: usize = 200;

impl Reading<'_> {
    /// Answers by question; blank ones are left out.
    pub(super) fn answers(&mut self) -> BTreeMap<String, String> {
        let raw = self.raw;
        if raw.answers.len() > MOST_ANSWERS {
            self.too_many(&raw.answers_at, MOST_ANSWERS);
            return BTreeMap::new();
        }
        let mut answers = BTreeMap::new();
        for (question, answer) in &raw.answers {
            let Some(question) = self.question(question, answer) else { continue };
            let Some(said) = self.lines(answer, MOST_NOTES) else { continue };
            if answers.insert(question, said).is_some() {
                let message = "stands here twice, apart from spaces";
                self.faults.add(answer.at.clone(), "repeated", message);
            }
        }
        answers
    }

    fn question(&mut self, question: &str, answer: &super::Raw) -> Option<String> {
        let read = people::text(question, MOST_QUESTION, false);
        if let Err(error) = read {
            self.faults.add(answer.at.clone(), error.code(), format!("its name {error}"));
        }
        read.ok()
    }
}
