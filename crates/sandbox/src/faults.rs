//! Misbehaviour, scripted: which fault applies to which call, how often, and with what effect.
//!
//! A fault names its *subject* by a pattern in which `*` stands for any run of characters:
//!
//! | Subject | What it names |
//! | --- | --- |
//! | `METHOD /path` | a provider call; the path is percent-decoded, without query and `/_sandbox` |
//! | `SMTP step` | a step of the mail dialogue: `CONNECT`, `AUTH`, `MAIL`, `RCPT` or `DATA` |
//! | `PUSH calendar-id` | one delivery to a watch channel |
//! | `CALLBACK status +number` | one status callback of a text to that number |
//! | `DELIVERY +number` | the carrier's verdict on a text to that number |
//! | `CALLBACK event address` | one event of a mail to that address that came through SendGrid |
//! | `DELIVERY address` | the receiving server's verdict on such a mail |

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::chance::Dice;
use crate::pattern;

/// The longest delay a fault may ask for.
const LONGEST_DELAY: Duration = Duration::from_mins(10);

/// How many faults may wait at once; a forgotten loop in a script must not eat the memory.
const MOST_FAULTS: usize = 1_000;

/// What a fault does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// Answers `status` with `body`, or with the provider's own words where `body` is missing.
    /// The call is not applied unless [`Fault::applied`] says so.
    #[default]
    Error,
    /// Waits [`Fault::delay_ms`] before handling the call. Combines with any other fault.
    Delay,
    /// Closes the connection without an answer; the call is not applied.
    DropBefore,
    /// Applies the call, then closes the connection without an answer.
    DropAfter,
    /// Applies the call, then answers 200 with a body that is not JSON.
    Malformed,
    /// Answers a read as if the last change had not happened yet.
    StaleRead,
    /// A push is never delivered.
    LostPush,
    /// A push is delivered after [`Fault::delay_ms`] (default 1000).
    LatePush,
    /// A push is delivered twice.
    DuplicatePush,
    /// A status callback is never delivered.
    LostCallback,
    /// A status callback is delivered after [`Fault::delay_ms`] (default 1000), and so after the
    /// callbacks that follow it.
    LateCallback,
    /// A status callback is delivered twice.
    DuplicateCallback,
    /// The carrier does not deliver the text: it ends `undelivered` with the error code in
    /// [`Fault::reason`] (default 30003). A mail bounces with that status (default 5.1.1).
    Undelivered,
}

/// One scripted misbehaviour. Build it with a struct expression over [`Fault::default`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The pattern of subjects it applies to; see the [module](self).
    #[serde(rename = "match")]
    pub subject: String,
    /// What it does.
    #[serde(rename = "type")]
    pub kind: FaultKind,
    /// How many times it happens before it is used up. Without `count` and `p`: once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// With which probability it happens each time, from 0 to 1. Without `count`: for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p: Option<f64>,
    /// The HTTP status of an `error` (default 500), or the SMTP reply code (default 451).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The body of an `error`: a string is sent as it is, anything else as JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// The provider's reason in an `error`'s default body: Google's `reason` or `error`, Twilio's
    /// numeric code. Chosen by the status where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The wait of a `delay` or of a late delivery, in milliseconds of real time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay_ms: Option<u64>,
    /// Headers added to an `error`'s answer, such as `Retry-After`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// Whether an `error` is answered after the call was applied instead of in its place.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub applied: bool,
}

impl Fault {
    /// A fault of `kind` that happens once to the next call matching `subject`.
    pub fn once(subject: &str, kind: FaultKind) -> Self {
        Self { subject: subject.to_owned(), kind, ..Self::default() }
    }

    /// An `error` with `status` that happens once to the next call matching `subject`.
    pub fn error(subject: &str, status: u16) -> Self {
        Self { status: Some(status), ..Self::once(subject, FaultKind::Error) }
    }

    pub(crate) fn delay(&self) -> Duration {
        Duration::from_millis(self.delay_ms.unwrap_or(1_000)).min(LONGEST_DELAY)
    }

    fn times(&self) -> Option<u32> {
        match (self.count, self.p) {
            (None, None) => Some(1),
            (count, _) => count,
        }
    }

    fn check(&self) -> Result<(), FaultError> {
        if self.subject.is_empty() || self.subject.len() > 1_000 {
            return Err(FaultError::Subject);
        }
        if self.p.is_some_and(|p| !(0.0..=1.0).contains(&p)) {
            return Err(FaultError::Probability);
        }
        if self.status.is_some_and(|status| !(200..=599).contains(&status)) {
            return Err(FaultError::Status);
        }
        Ok(())
    }
}

/// Why a fault cannot be scripted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FaultError {
    /// `match` has to be 1 to 1000 characters long.
    #[error("match has to be a pattern of 1 to 1000 characters")]
    Subject,
    /// `p` has to lie between 0 and 1.
    #[error("p has to lie between 0 and 1")]
    Probability,
    /// `status` has to be one that ends a call.
    #[error("status has to lie between 200 and 599")]
    Status,
    /// There is room for a thousand faults.
    #[error("there are too many faults; clear some first")]
    TooMany,
}

/// Names one scripted fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FaultId(pub u64);

impl fmt::Display for FaultId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A fault in the list, as the control API and the page show it.
#[derive(Clone, Debug, Serialize)]
pub struct ScriptedFault {
    /// Its name, for removing it.
    pub id: FaultId,
    /// What it does.
    #[serde(flatten)]
    pub fault: Fault,
    /// How many times it will still happen; `None` for ever.
    pub remaining: Option<u32>,
    /// How many times it has happened.
    pub happened: u32,
}

/// The list of scripted faults. The first one that matches wins, used-up ones are removed.
#[derive(Debug)]
pub struct Faults(Mutex<Script>);

#[derive(Debug)]
struct Script {
    dice: Dice,
    next_id: u64,
    faults: Vec<ScriptedFault>,
}

impl Faults {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Mutex::new(Script { dice: Dice::new(seed), next_id: 1, faults: Vec::new() }))
    }

    /// Adds a fault behind those already scripted.
    ///
    /// # Panics
    /// When the fault could not be posted to the control API either; [`Faults::script`] answers
    /// that as an error.
    pub fn add(&self, fault: Fault) -> FaultId {
        self.script(fault).expect("a test scripts a valid fault")
    }

    /// Adds a fault behind those already scripted, unless it is not valid.
    pub fn script(&self, fault: Fault) -> Result<FaultId, FaultError> {
        fault.check()?;
        let mut script = self.lock();
        if script.faults.len() >= MOST_FAULTS {
            return Err(FaultError::TooMany);
        }
        let id = FaultId(script.next_id);
        script.next_id += 1;
        let remaining = fault.times();
        script.faults.push(ScriptedFault { id, fault, remaining, happened: 0 });
        Ok(id)
    }

    /// Every fault that can still happen, in the order they were added.
    pub fn list(&self) -> Vec<ScriptedFault> {
        self.lock().faults.clone()
    }

    /// Removes one fault; false when it is not in the list (any more).
    pub fn remove(&self, id: FaultId) -> bool {
        let mut script = self.lock();
        let before = script.faults.len();
        script.faults.retain(|scripted| scripted.id != id);
        script.faults.len() < before
    }

    /// Removes every fault.
    pub fn clear(&self) {
        self.lock().faults.clear();
    }

    /// The first fault among `kinds` that happens to `subject` now, counted as having happened.
    pub(crate) fn take(&self, subject: &str, kinds: &[FaultKind]) -> Option<Fault> {
        self.lock().take(subject, kinds)
    }

    /// How long a call has to wait before anything else happens to it.
    pub(crate) fn take_delay(&self, subject: &str) -> Option<Duration> {
        self.take(subject, &[FaultKind::Delay]).map(|fault| fault.delay())
    }

    fn lock(&self) -> MutexGuard<'_, Script> {
        self.0.lock().expect("nothing panics while it holds the faults")
    }
}

impl Script {
    fn take(&mut self, subject: &str, kinds: &[FaultKind]) -> Option<Fault> {
        let Self { dice, faults, .. } = self;
        let at = faults.iter().position(|scripted| {
            kinds.contains(&scripted.fault.kind)
                && pattern::matches(&scripted.fault.subject, subject)
                && scripted.fault.p.is_none_or(|p| dice.happens(p))
        })?;
        let scripted = &mut faults[at];
        scripted.happened += 1;
        scripted.remaining = scripted.remaining.map(|left| left.saturating_sub(1));
        let fault = scripted.fault.clone();
        if scripted.remaining == Some(0) {
            faults.remove(at);
        }
        Some(fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANY: &[FaultKind] = &[FaultKind::Error, FaultKind::DropAfter];

    #[test]
    fn a_counted_fault_is_used_up() {
        let faults = Faults::new(0);
        faults.add(Fault { count: Some(2), ..Fault::error("POST /token", 503) });

        let happened = [(); 3].map(|()| faults.take("POST /token", ANY).is_some());

        assert_eq!(happened, [true, true, false]);
        assert!(faults.list().is_empty());
    }

    #[test]
    fn a_probable_fault_happens_about_as_often_as_it_says() {
        let faults = Faults::new(3);
        faults.add(Fault { p: Some(0.25), ..Fault::error("*", 500) });

        let happened = (0..1000).filter(|_| faults.take("GET /x", ANY).is_some()).count();

        assert!((200..300).contains(&happened), "{happened} of 1000");
    }

    #[test]
    fn the_first_fault_of_a_wanted_kind_wins() {
        let faults = Faults::new(0);
        faults.add(Fault::once("*", FaultKind::LostPush));
        faults.add(Fault::once("*", FaultKind::DropAfter));
        faults.add(Fault::error("*", 500));

        assert_eq!(faults.take("GET /x", ANY).map(|fault| fault.kind), Some(FaultKind::DropAfter));
    }

    #[test]
    fn a_fault_that_makes_no_sense_is_refused() {
        let faults = Faults::new(0);
        let refused = |fault| faults.script(fault).err();

        assert_eq!(refused(Fault::default()), Some(FaultError::Subject));
        assert_eq!(refused(Fault::error("*", 99)), Some(FaultError::Status));
        assert_eq!(
            refused(Fault { p: Some(f64::NAN), ..Fault::error("*", 500) }),
            Some(FaultError::Probability)
        );
    }
}
