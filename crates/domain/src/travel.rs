//! How long a host is on the way from one place to another.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jiff::SignedDuration;

/// A place as its location is written, apart from case and spaces: two services at the same address
/// are at the same place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place(Arc<str>);

impl Place {
    /// The place of a location. `None` for a blank one: nobody travels to a call.
    pub fn of(location: &str) -> Option<Self> {
        let words: Vec<String> = location.split_whitespace().map(str::to_lowercase).collect();
        (!words.is_empty()).then(|| Self(words.join(" ").into()))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How long a host travels between two bookings at different places. The same either way.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Travel {
    usual: SignedDuration,
    between: BTreeMap<(Place, Place), SignedDuration>,
}

impl Travel {
    /// This long between any two places.
    pub fn usually(usual: SignedDuration) -> Self {
        Self { usual, between: BTreeMap::new() }
    }

    /// This long between these two. `false` when they are one place, or were named before.
    pub fn add(&mut self, one: Place, other: Place, time: SignedDuration) -> bool {
        let pair = in_order(one, other);
        let new = pair.0 != pair.1 && !self.between.contains_key(&pair);
        if new {
            self.between.insert(pair, time);
        }
        new
    }

    /// How long it takes from one booking's place to another's; nothing where one of them has none.
    pub fn time(&self, from: Option<&Place>, to: Option<&Place>) -> SignedDuration {
        let (Some(from), Some(to)) = (from, to) else { return SignedDuration::ZERO };
        if from == to {
            return SignedDuration::ZERO;
        }
        let pair = in_order(from.clone(), to.clone());
        self.between.get(&pair).copied().unwrap_or(self.usual)
    }

    /// The longest way there is: what is further apart than this is never too close.
    pub fn longest(&self) -> SignedDuration {
        self.between.values().copied().fold(self.usual, SignedDuration::max)
    }
}

fn in_order(one: Place, other: Place) -> (Place, Place) {
    if one <= other { (one, other) } else { (other, one) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(location: &str) -> Place {
        Place::of(location).expect("not blank")
    }

    #[test]
    fn a_place_is_known_whatever_its_case_and_spaces() {
        assert_eq!(place("123 Main St,  Los Angeles"), place(" 123 MAIN st, los angeles\n"));
        assert_ne!(place("123 Main St"), place("124 Main St"));
        assert_eq!(Place::of(" \t"), None);
    }

    #[test]
    fn a_pair_of_places_has_its_own_time_either_way() {
        let minutes = SignedDuration::from_mins;
        let (home, office, hall) = (place("Home"), place("Office"), place("Hall"));
        let mut travel = Travel::usually(minutes(20));
        assert!(travel.add(office.clone(), home.clone(), minutes(45)));
        assert!(!travel.add(home.clone(), office.clone(), minutes(50)), "named before");
        assert!(!travel.add(hall.clone(), hall.clone(), minutes(5)), "one place");

        for (from, to, expected) in [
            (Some(&home), Some(&office), 45),
            (Some(&office), Some(&home), 45),
            (Some(&home), Some(&hall), 20),
            (Some(&home), Some(&home), 0),
            (None, Some(&hall), 0),
            (Some(&hall), None, 0),
        ] {
            assert_eq!(travel.time(from, to), minutes(expected), "{from:?} {to:?}");
        }
        assert_eq!(travel.longest(), minutes(45));
    }
}
