//! What some processors have an instruction for.
#![expect(unsafe_code, reason = "the processor's instructions")]

/// Has what is at a place arrive in the processor's caches, as far as there is an instruction for that, and waits for
/// nothing. There need not be anything.
#[inline]
pub(crate) fn fetch<T>(place: *const T) {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    // SAFETY: the instruction is part of the architecture, and does nothing that a program can notice
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(place.cast());
    }
    #[cfg(not(all(target_arch = "x86_64", not(miri))))]
    let _ = place;
}

/// A one in each byte.
#[cfg(any(test, not(target_arch = "x86_64")))]
const ONES: u64 = 0x0101_0101_0101_0101;

/// Which bytes of `word` are equal to the lowest one of `byte`, the lowest bit for the lowest byte.
///
/// Of that byte the highest bit is set, and of each in `word` that is not zero. Where there is no instruction for it, one that
/// differs in its lowest bit alone may be found, too.
#[inline]
pub(super) fn equal_bytes(word: u64, byte: u32) -> u32 {
    #[cfg(target_arch = "x86_64")]
    return equal_at_once(word, byte);
    #[cfg(not(target_arch = "x86_64"))]
    equal_by_arithmetics(word, byte)
}

/// [`equal_bytes`] of two words, the bits of the second above those of the first.
#[inline]
pub(super) fn equal_bytes_of_both(words: [u64; 2], byte: u32) -> u32 {
    #[cfg(target_arch = "x86_64")]
    return equal_of_both_at_once(words, byte);
    #[cfg(not(target_arch = "x86_64"))]
    {
        let [low, high] = words;
        equal_by_arithmetics(low, byte) | equal_by_arithmetics(high, byte) << 8
    }
}

#[cfg(target_arch = "x86_64")]
#[inline]
fn equal_at_once(word: u64, byte: u32) -> u32 {
    use std::arch::x86_64::{
        _mm_cmpeq_epi8, _mm_cvtsi32_si128, _mm_cvtsi64_si128, _mm_movemask_epi8,
        _mm_shufflelo_epi16, _mm_unpacklo_epi8,
    };
    // SAFETY: the instructions (SSE2) are part of the architecture
    let equal = unsafe {
        let word = _mm_cvtsi64_si128(word.cast_signed());
        let byte = _mm_cvtsi32_si128(byte.cast_signed());
        // twice, and these two four times
        let bytes = _mm_shufflelo_epi16::<0>(_mm_unpacklo_epi8(byte, byte));
        _mm_movemask_epi8(_mm_cmpeq_epi8(word, bytes))
    };
    equal.cast_unsigned() & 0xff // the other half of the register says nothing
}

#[cfg(target_arch = "x86_64")]
#[inline]
fn equal_of_both_at_once([low, high]: [u64; 2], byte: u32) -> u32 {
    use std::arch::x86_64::{
        _mm_cmpeq_epi8, _mm_cvtsi32_si128, _mm_movemask_epi8, _mm_set_epi64x, _mm_shuffle_epi32,
        _mm_shufflelo_epi16, _mm_unpacklo_epi8,
    };
    // SAFETY: as above
    let equal = unsafe {
        let words = _mm_set_epi64x(high.cast_signed(), low.cast_signed());
        let byte = _mm_cvtsi32_si128(byte.cast_signed());
        // twice, these two four times, and these eight twice
        let bytes = _mm_shufflelo_epi16::<0>(_mm_unpacklo_epi8(byte, byte));
        let bytes = _mm_shuffle_epi32::<0>(bytes);
        _mm_movemask_epi8(_mm_cmpeq_epi8(words, bytes))
    };
    equal.cast_unsigned()
}

/// Of which bytes of two words the highest bit is set, the lowest bit for the lowest byte of the first.
#[inline]
pub(super) fn high_bits([low, high]: [u64; 2]) -> u32 {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_mm_movemask_epi8, _mm_set_epi64x};
        // SAFETY: the instructions (SSE2) are part of the architecture
        let bits =
            unsafe { _mm_movemask_epi8(_mm_set_epi64x(high.cast_signed(), low.cast_signed())) };
        bits.cast_unsigned()
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        high_bits_by_arithmetics(low) | high_bits_by_arithmetics(high) << 8
    }
}

/// Each byte's bit is carried to a place of its own in the highest byte.
#[cfg(any(test, not(target_arch = "x86_64")))]
#[inline]
fn high_bits_by_arithmetics(word: u64) -> u32 {
    (((word >> 7) & ONES).wrapping_mul(0x0102_0408_1020_4080) >> 56) as u32
}

#[cfg(any(test, not(target_arch = "x86_64")))]
#[inline]
fn equal_by_arithmetics(word: u64, byte: u32) -> u32 {
    let difference = word ^ (u64::from(byte & 0xff) * ONES);
    high_bits_by_arithmetics(difference.wrapping_sub(ONES) & !difference)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::SplitMix;

    #[test]
    fn arithmetics_find_what_the_instructions_find() {
        let mut rng = SplitMix::default();
        for _ in 0..10_000 {
            // a lowest bit alone makes no difference here
            let mut any = || 0x80 + 2 * rng.below(3) as u8;
            let byte = any();
            let bytes: [u8; 8] = std::array::from_fn(|_| any() & 0u8.wrapping_sub(any() >> 2 & 1));
            let equal = bytes.iter().rev();
            let expected = equal.fold(0, |mask, &other| mask << 1 | u32::from(other == byte));
            let noisy = u32::from(byte) | 0x1234_5600;
            let word = u64::from_le_bytes(bytes);
            assert_eq!(equal_bytes(word, noisy), expected, "{bytes:x?}, {byte:x}");
            assert_eq!(equal_by_arithmetics(word, noisy), expected, "{bytes:x?}");
            let both = equal_bytes_of_both([word, !word | 0x80], noisy);
            assert_eq!(both, expected | equal_bytes(!word | 0x80, noisy) << 8);
            let bytes: [u8; 8] = std::array::from_fn(|_| rng.below(0x100) as u8);
            let all = bytes.iter().rev();
            let expected = all.fold(0, |mask, &byte| mask << 1 | u32::from(byte >= 0x80));
            let word = u64::from_le_bytes(bytes);
            assert_eq!(high_bits([word, !word]), expected | (!expected & 0xff) << 8);
            assert_eq!(high_bits_by_arithmetics(word), expected, "{bytes:x?}");
        }
    }
}
