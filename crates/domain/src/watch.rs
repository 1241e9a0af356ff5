//! Subscriptions to a calendar's changes: one that is open, renewed before it ends, and none left
//! behind.

use jiff::Timestamp;

/// How far a subscription came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChannelState {
    /// The provider was asked, and may have it: its answer was not seen.
    Asked,
    /// The provider has it.
    Open,
}

impl ChannelState {
    /// The state's name in stored rows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Open => "open",
        }
    }

    /// The state of that name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Asked, Self::Open].into_iter().find(|state| state.as_str() == name)
    }
}

/// A subscription to a calendar's changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// Our name for it.
    pub id: String,
    /// The account that opened it, and that alone may stop it.
    pub account: String,
    /// The account and calendar that it is about, as the setup had them.
    pub source: String,
    /// How far it came.
    pub state: ChannelState,
    /// The provider's name of what is watched, one for every channel to it: without it the channel
    /// cannot be stopped.
    pub resource_id: Option<String>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

impl Channel {
    /// When another is opened beside it: after three quarters of its life, so that nothing is
    /// missed while the two overlap.
    pub fn renewed_at(&self) -> Timestamp {
        let life = self.expires_at.duration_since(self.created_at);
        self.created_at.checked_add(life / 4 * 3).unwrap_or(self.expires_at)
    }
}

/// One thing to do about a calendar's subscriptions. After it the question is asked again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Open one.
    Open,
    /// Stop this one: another has taken its place, or none is wanted.
    Stop(Channel),
    /// Forget this one: it has ended by itself.
    Forget(Channel),
    /// All is as it should be, until then.
    Done(Option<Timestamp>),
}

/// The next step. `wanted` is the account and calendar whose changes are to be pushed, if any.
pub fn next_step(channels: &[Channel], wanted: Option<&str>, now: Timestamp) -> Step {
    if let Some(ended) = channels.iter().find(|channel| channel.expires_at <= now) {
        return Step::Forget(ended.clone());
    }
    let serves = |channel: &&Channel| {
        channel.state == ChannelState::Open
            && wanted == Some(channel.source.as_str())
            && now < channel.renewed_at()
    };
    let serving = channels.iter().filter(serves).max_by_key(|channel| channel.created_at);
    if wanted.is_some() && serving.is_none() {
        return Step::Open;
    }
    let mut others = channels.iter().filter(|channel| serving.is_none_or(|it| it.id != channel.id));
    if let Some(other) = others.find_map(|channel| stoppable(channel, serving)) {
        return Step::Stop(other);
    }
    let ends = channels.iter().map(|channel| match serving {
        Some(serving) if serving.id == channel.id => serving.renewed_at(),
        Some(_) | None => channel.expires_at,
    });
    Step::Done(ends.min())
}

/// A channel with all that stopping it takes. What is watched has one name for all who watch it, so
/// that of the channel that serves will do where the answer was lost.
fn stoppable(channel: &Channel, serving: Option<&Channel>) -> Option<Channel> {
    let same = serving.filter(|serving| serving.source == channel.source);
    let known = channel.resource_id.as_ref().or_else(|| same?.resource_id.as_ref())?;
    Some(Channel { resource_id: Some(known.clone()), ..channel.clone() })
}

#[cfg(test)]
mod tests;
