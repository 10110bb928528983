//! The two old ciphers that the vendor's older clients use at a login: DES for user and password, SHA-1 for a sign.
//! Neither guards anything today; the simulated site only recognises them.

/// Key and initial value of `ValidateUserEnDeCode`, the same for everybody.
const KEY: [u8; 8] = *b"KingdeeK";

const INITIAL: [u8; 64] = [
    58, 50, 42, 34, 26, 18, 10, 2, 60, 52, 44, 36, 28, 20, 12, 4, 62, 54, 46, 38, 30, 22, 14, 6, 64, 56, 48,
    40, 32, 24, 16, 8, 57, 49, 41, 33, 25, 17, 9, 1, 59, 51, 43, 35, 27, 19, 11, 3, 61, 53, 45, 37, 29, 21,
    13, 5, 63, 55, 47, 39, 31, 23, 15, 7,
];
const FINAL: [u8; 64] = [
    40, 8, 48, 16, 56, 24, 64, 32, 39, 7, 47, 15, 55, 23, 63, 31, 38, 6, 46, 14, 54, 22, 62, 30, 37, 5, 45,
    13, 53, 21, 61, 29, 36, 4, 44, 12, 52, 20, 60, 28, 35, 3, 43, 11, 51, 19, 59, 27, 34, 2, 42, 10, 50, 18,
    58, 26, 33, 1, 41, 9, 49, 17, 57, 25,
];
const EXPANSION: [u8; 48] = [
    32, 1, 2, 3, 4, 5, 4, 5, 6, 7, 8, 9, 8, 9, 10, 11, 12, 13, 12, 13, 14, 15, 16, 17, 16, 17, 18, 19, 20,
    21, 20, 21, 22, 23, 24, 25, 24, 25, 26, 27, 28, 29, 28, 29, 30, 31, 32, 1,
];
const PERMUTATION: [u8; 32] = [
    16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10, 2, 8, 24, 14, 32, 27, 3, 9, 19, 13, 30, 6,
    22, 11, 4, 25,
];
const CHOICE_1: [u8; 56] = [
    57, 49, 41, 33, 25, 17, 9, 1, 58, 50, 42, 34, 26, 18, 10, 2, 59, 51, 43, 35, 27, 19, 11, 3, 60, 52, 44,
    36, 63, 55, 47, 39, 31, 23, 15, 7, 62, 54, 46, 38, 30, 22, 14, 6, 61, 53, 45, 37, 29, 21, 13, 5, 28, 20,
    12, 4,
];
const CHOICE_2: [u8; 48] = [
    14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10, 23, 19, 12, 4, 26, 8, 16, 7, 27, 20, 13, 2, 41, 52, 31, 37,
    47, 55, 30, 40, 51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29, 32,
];
const SHIFTS: [u32; 16] = [1, 1, 2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 1];
/// Each box as 64 hexadecimal digits, in rows of 16.
const BOXES: [&[u8; 64]; 8] = [
    b"e4d12fb83a6c59070f74e2d1a6cb953841e8d62bfc973a50fc8249175b3ea06d",
    b"f18e6b34972dc05a3d47f28ec01a69b50e7ba4d158c6932fd8a13f42b67c05e9",
    b"a09e63f51dc7b428d709346a285ecbf1d6498f30b12c5ae71ad069874fe3b52c",
    b"7de3069a1285bc4fd8b56f03472c1ae9a690cb7df13e52843f06a1d8945bc72e",
    b"2c417ab6853fd0e9eb2c47d150fa3986421bad78f9c5630eb8c71e2d6f09a453",
    b"c1af92680d34e75baf427c9561de0b389ef528c3704a1db6432c95fabe17608d",
    b"4b2ef08d3c975a61d0b7491ae35c2f8614bdc37eaf6805926bd814a7950fe23c",
    b"d2846fb1a93e50c71fd8a374c56b0e927b419ce206adf35821e74a8dfc90356b",
];

/// DES in CBC mode with PKCS#7 padding, as `ValidateUserEnDeCode` sends user and password.
pub(super) fn des(text: &str) -> Vec<u8> {
    let keys = keys(u64::from_be_bytes(KEY));
    let padding = 8 - text.len() % 8;
    let mut bytes = text.as_bytes().to_vec();
    bytes.resize(text.len() + padding, u8::try_from(padding).unwrap_or(8));
    let mut previous = u64::from_be_bytes(KEY);
    let (blocks, _) = bytes.as_chunks::<8>();
    let mut out = Vec::with_capacity(bytes.len());
    for block in blocks {
        previous = encrypted(u64::from_be_bytes(*block) ^ previous, &keys);
        out.extend_from_slice(&previous.to_be_bytes());
    }
    out
}

/// The bits of `value`, which has `width` of them, in the order of `table`, which counts from 1 at the left.
fn permuted(value: u64, width: u32, table: &[u8]) -> u64 {
    table.iter().fold(0, |out, place| (out << 1) | ((value >> (width - u32::from(*place))) & 1))
}

fn keys(key: u64) -> [u64; 16] {
    const HALF: u64 = (1 << 28) - 1;
    let chosen = permuted(key, 64, &CHOICE_1);
    let (mut left, mut right) = (chosen >> 28, chosen & HALF);
    let turned = |half: u64, by: u32| ((half << by) | (half >> (28 - by))) & HALF;
    SHIFTS.map(|by| {
        (left, right) = (turned(left, by), turned(right, by));
        permuted((left << 28) | right, 56, &CHOICE_2)
    })
}

fn encrypted(block: u64, keys: &[u64; 16]) -> u64 {
    let start = permuted(block, 64, &INITIAL);
    let (mut left, mut right) = (start >> 32, start & 0xffff_ffff);
    for key in keys {
        let mixed = permuted(right, 32, &EXPANSION) ^ key;
        let boxed = BOXES.iter().enumerate().fold(0, |out, (number, digits)| {
            let six = (mixed >> (42 - 6 * number)) & 0x3f;
            let row = ((six >> 4) & 2) | (six & 1);
            let place = usize::try_from(row * 16 + ((six >> 1) & 0xf)).unwrap_or(0);
            (out << 4) | u64::from(char::from(digits[place]).to_digit(16).unwrap_or(0))
        });
        (left, right) = (right, left ^ permuted(boxed, 32, &PERMUTATION));
    }
    permuted((right << 32) | left, 64, &FINAL)
}

/// SHA-1 in lower-case hexadecimal digits.
#[allow(clippy::many_single_char_names, reason = "the standard's own")]
pub(super) fn sha1_hex(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let bits = 8 * bytes.len() as u64;
    bytes.push(0x80);
    while bytes.len() % 64 != 56 {
        bytes.push(0);
    }
    bytes.extend_from_slice(&bits.to_be_bytes());
    let mut state: [u32; 5] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];
    let (blocks, _) = bytes.as_chunks::<64>();
    for block in blocks {
        let mut words = [0_u32; 80];
        for (word, four) in words.iter_mut().zip(block.as_chunks::<4>().0) {
            *word = u32::from_be_bytes(*four);
        }
        for at in 16..80 {
            words[at] = (words[at - 3] ^ words[at - 8] ^ words[at - 14] ^ words[at - 16]).rotate_left(1);
        }
        let mut five = state;
        for (round, word) in words.into_iter().enumerate() {
            let [a, b, c, d, e] = five;
            let (mixed, constant) = match round / 20 {
                0 => ((b & c) | (!b & d), 0x5a82_7999),
                1 => (b ^ c ^ d, 0x6ed9_eba1),
                2 => ((b & c) | (b & d) | (c & d), 0x8f1b_bcdc),
                _ => (b ^ c ^ d, 0xca62_c1d6_u32),
            };
            let next = [mixed, e, constant, word].into_iter().fold(a.rotate_left(5), u32::wrapping_add);
            five = [next, a, b.rotate_left(30), c, d];
        }
        for (own, more) in state.iter_mut().zip(five) {
            *own = own.wrapping_add(more);
        }
    }
    base16ct::lower::encode_string(&state.map(u32::to_be_bytes).concat())
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::{des, sha1_hex};

    #[test]
    fn a_user_name_is_what_a_client_sends_for_it() {
        assert_eq!(STANDARD.encode(des("api")), "WqzDbssjqY0=");
        assert_eq!(des("12345678").len(), 16, "a full block is padded by another");
    }

    #[test]
    fn sha1_is_that_of_the_standard() {
        assert_eq!(sha1_hex("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(sha1_hex(&"a".repeat(56)), "c2db330f6083854c99d4b5bfb6e8f29f201be699");
    }
}
