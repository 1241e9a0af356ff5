//! Who of those who wait in line gets seats that became free.
//!
//! First come, first served; but a party that does not fit lets smaller ones pass, since seats that
//! stay empty help nobody. It keeps its place.

/// Which parties of a line get seats when `free` are, and how many are left for whoever does not
/// stand in it.
/// Parties stand in the order in which they came.
pub fn served(free: u32, line: &[u32]) -> (Vec<usize>, u32) {
    let mut left = free;
    let mut served = Vec::new();
    for (place, party) in line.iter().enumerate() {
        if *party <= left {
            left -= party;
            served.push(place);
        }
    }
    (served, left)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_first_that_fits_is_served_and_a_larger_party_keeps_its_place() {
        assert_eq!(served(3, &[4, 2, 2, 1]), (vec![1, 3], 0));
        assert_eq!(served(4, &[4, 2, 2, 1]), (vec![0], 0));
        assert_eq!(served(1, &[4, 2]), (vec![], 1));
        assert_eq!(served(0, &[1]), (vec![], 0));
    }

    proptest! {
        #[test]
        fn no_seat_is_given_twice_and_none_stays_that_somebody_could_use(
            free in 0_u32..60, line in prop::collection::vec(1_u32..=50, 0..20),
        ) {
            let (places, left) = served(free, &line);

            let given: u32 = places.iter().map(|place| line[*place]).sum();
            prop_assert_eq!(given + left, free);
            for (place, party) in line.iter().enumerate() {
                prop_assert!(places.contains(&place) || *party > left);
            }
        }
    }
}
