//! Seeded chance: a stream of numbers, and identifiers that never repeat across restarts.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A small seeded stream of numbers (`SplitMix64`), for faults that happen with a probability.
#[derive(Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// True with probability `p`, which is taken as 0 below 0 and as 1 above 1.
    pub(crate) fn happens(&mut self, p: f64) -> bool {
        let thirty_two_bits = u32::try_from(self.next() >> 32).unwrap_or(u32::MAX);
        f64::from(thirty_two_bits) < p * 4_294_967_296.0
    }
}

/// Makes identifiers from the seed and a counter. The counter is part of the stored state, so a
/// restart never hands out a token twice.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Ids {
    #[serde(skip)]
    pub(crate) seed: u64,
    counter: u64,
}

impl Ids {
    /// 64 lower-case hexadecimal digits.
    pub(crate) fn hex(&mut self) -> String {
        self.counter += 1;
        let mut hash = Sha256::new();
        hash.update(self.seed.to_be_bytes());
        hash.update(self.counter.to_be_bytes());
        hex(&hash.finalize())
    }

    /// The first `length` of [`Ids::hex`]'s digits; at most 64.
    pub(crate) fn short(&mut self, length: usize) -> String {
        self.hex().chars().take(length).collect()
    }
}

/// Two lower-case hexadecimal digits for every byte.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_dice_again() {
        let throws = |seed| {
            let mut dice = Dice::new(seed);
            std::array::from_fn::<bool, 64, _>(|_| dice.happens(0.5))
        };

        assert_eq!(throws(7), throws(7));
        assert_ne!(throws(7), throws(8));
    }

    #[test]
    fn certain_and_impossible_are_exact() {
        let mut dice = Dice::new(1);

        assert!((0..1000).all(|_| dice.happens(1.0)));
        assert!(!(0..1000).any(|_| dice.happens(0.0)));
    }
}
