//! How the time since a use, and the number of uses, are put into classes.

/// Classes of age. Classes grow with the age, two per doubling: near ages are told apart finely,
/// where much happens, far ones coarsely, so that few samples suffice everywhere.
pub(super) const AGES: usize = 16;

/// Levels of frequency: 1, 2, 3 to 4, 5 to 8, 9 or more uses. With a sixth, hit ratios are no better.
pub(super) const LEVELS: usize = 5;

/// Uses beyond this are not counted: four bits hold them.
pub(super) const MAX_USES: u32 = 15;

const LEVEL_OF: [u8; MAX_USES as usize + 1] = [0, 0, 1, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4];

/// The level of an entry that was used `uses` times.
#[inline]
pub(super) fn level(uses: u32) -> usize {
    usize::from(LEVEL_OF[uses.min(MAX_USES) as usize])
}

/// From this age on, all are of the last class.
const OLD: usize = 192;

/// The classes by age: 0, 1, 2, 3, 4–5, 6–7, 8–11, 12–15, … Written down, as they are asked for at each look.
static CLASS_OF: [u8; OLD + 1] = {
    let mut classes = [AGES as u8 - 1; OLD + 1];
    let mut age = 0;
    while age < OLD {
        classes[age] = if age < 4 {
            age as u8
        } else {
            let octave = age.ilog2();
            (octave * 2 + (age >> (octave - 1)) as u32 % 2) as u8
        };
        age += 1;
    }
    classes
};

/// The class of an age in ticks.
#[inline]
pub(super) fn age_class(age: u32) -> usize {
    usize::from(CLASS_OF[(age as usize).min(OLD)])
}

/// A class of entries: those of one level of frequency and one class of age. There are [`CLASSES`] of them, those of one
/// level side by side.
#[inline]
pub(super) fn class(uses: u32, age: u32) -> usize {
    level(uses) * AGES + age_class(age)
}

pub(super) const CLASSES: usize = LEVELS * AGES;

/// The least age of a class.
pub(super) fn start(age_class: usize) -> u32 {
    if age_class < 4 {
        return age_class as u32;
    }
    let octave = age_class / 2;
    (2 + age_class as u32 % 2) << (octave - 1)
}

/// How many ticks a class of age spans.
pub(super) const WIDTHS: [f32; AGES] = {
    let mut widths = [1.0; AGES];
    let mut class = 4;
    while class < AGES {
        widths[class] = (1u32 << (class / 2 - 1)) as f32;
        class += 1;
    }
    widths
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_follow_each_other_without_gaps() {
        let mut age = 0;
        for (class, width) in WIDTHS.into_iter().enumerate().take(AGES - 1) {
            assert_eq!(age, start(class));
            for _ in 0..width as u32 {
                assert_eq!(age_class(age), class, "age {age}");
                age += 1;
            }
        }
        assert_eq!(age, start(AGES - 1));
        assert_eq!(age_class(age), AGES - 1);
        assert_eq!(age_class(u32::MAX), AGES - 1);
    }

    #[test]
    fn levels_rise_with_the_uses() {
        assert_eq!(level(0), 0);
        assert!((0..40).all(|uses| level(uses) <= level(uses + 1)));
        assert_eq!(level(u32::MAX), LEVELS - 1);
    }
}
