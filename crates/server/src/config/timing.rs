//! How long things take, and the breaker of mass deletions.

use jiff::SignedDuration;

use super::{
    DOORSTEP_HOLD_TTL, DOORSTEP_LOST_ANSWER_WAIT, DOORSTEP_MAX_DELETIONS_PER_SYNC,
    DOORSTEP_POLL_INTERVAL, DOORSTEP_RETRY_BASE, fault::Expected, settings::Settings, values,
};

/// How long things take, and the breaker of mass deletions.
#[derive(Debug)]
pub(crate) struct TimingConfig {
    /// How often a calendar is read, beside push.
    pub(crate) poll_interval: SignedDuration,
    /// First step of the exponential backoff.
    pub(crate) retry_base: SignedDuration,
    /// How long a message whose answer was lost is left alone before it is looked up.
    pub(crate) lost_answer_wait: SignedDuration,
    /// How long a hold keeps its slot.
    pub(crate) hold_ttl: SignedDuration,
    /// More deletions in one pass over a calendar stop the pass.
    pub(crate) max_deletions_per_sync: u32,
}

impl TimingConfig {
    pub(super) fn read(settings: &mut Settings) -> Self {
        Self {
            poll_interval: settings.value(&DOORSTEP_POLL_INTERVAL, up_to_a_day),
            retry_base: settings.value(&DOORSTEP_RETRY_BASE, |text| {
                values::length_within(text, 1, HOUR, "a length from `1s` to `1h`")
            }),
            lost_answer_wait: settings.value(&DOORSTEP_LOST_ANSWER_WAIT, |text| {
                values::length_within(text, 0, HOUR, "a length from `0s` to `1h`")
            }),
            hold_ttl: settings.value(&DOORSTEP_HOLD_TTL, up_to_a_day),
            max_deletions_per_sync: settings.value(&DOORSTEP_MAX_DELETIONS_PER_SYNC, deletions),
        }
    }
}

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

fn up_to_a_day(text: &str) -> Result<SignedDuration, Expected> {
    values::length_within(text, 1, DAY, "a length from `1s` to `1d`")
}

fn deletions(text: &str) -> Result<u32, Expected> {
    values::number(text, 0, 10_000).ok_or(Expected("a whole number from 0 to 10000"))
}
