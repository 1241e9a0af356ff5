//! What the providers were asked, for tests that count calls.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard};

use jiff::Timestamp;

use crate::pattern;

/// How many calls are remembered; older ones are forgotten first.
const REMEMBERED: usize = 100_000;

/// One request to a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Method and decoded path as the provider sees them: `POST /token`, without any `/_sandbox`.
    pub subject: String,
    /// The query string as it was sent, without the question mark; empty when there was none.
    pub query: String,
    /// When it arrived, by the sandbox's clock.
    pub at: Timestamp,
}

/// The record of every provider call, dropped and refused ones included.
#[derive(Debug, Default)]
pub struct Calls(Mutex<VecDeque<Call>>);

impl Calls {
    /// Every remembered call, oldest first.
    pub fn all(&self) -> Vec<Call> {
        self.lock().iter().cloned().collect()
    }

    /// How many calls match `METHOD /path`, in which `*` stands for any run of characters, as in
    /// [`Fault::subject`](crate::Fault::subject).
    pub fn count(&self, pattern: &str) -> usize {
        self.lock().iter().filter(|call| pattern::matches(pattern, &call.subject)).count()
    }

    /// Forgets what was asked so far.
    pub fn clear(&self) {
        self.lock().clear();
    }

    pub(crate) fn record(&self, call: Call) {
        let mut calls = self.lock();
        if calls.len() == REMEMBERED {
            calls.pop_front();
        }
        calls.push_back(call);
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Call>> {
        self.0.lock().expect("nothing panics while it holds the calls")
    }
}
