//! Whether two names of a commit are the same candidate.

use super::words::shorten;

/// The fewest digits of an abbreviated SHA that count.
///
/// Seven digits, as git abbreviates, are 28 bits: in a repository of a hundred thousand commits one candidate in some
/// two thousand shares them with another commit, and whoever wants a commit with given seven digits has one in
/// seconds. Twelve digits are 48 bits, which neither chance nor a patient evening reaches.
const FEWEST_DIGITS: usize = 12;

/// The digits of a whole SHA, the shorter kind.
const WHOLE: usize = 40;

/// The candidate, if one is named. An empty name is none, and so is `unknown`, which tools write where they know none.
pub(crate) fn named(candidate: Option<&str>) -> Option<&str> {
    let candidate = candidate?.trim();
    (!candidate.is_empty() && !candidate.eq_ignore_ascii_case("unknown")).then_some(candidate)
}

/// Whether both name the same commit: the same SHA in whatever case, or one of them abbreviated to no fewer than
/// twelve digits. A name that is no SHA, such as a tag, is compared to the letter. What is not named is never the same
/// as anything.
pub(crate) fn same(one: Option<&str>, other: Option<&str>) -> bool {
    let (Some(one), Some(other)) = (named(one), named(other)) else { return false };
    if !(is_hex(one) && is_hex(other)) {
        return one == other;
    }
    if one.len() == other.len() {
        return one.eq_ignore_ascii_case(other);
    }
    // What has all the digits of a SHA is not abbreviated.
    (FEWEST_DIGITS..WHOLE).contains(&one.len().min(other.len())) && begins_alike(one, other)
}

/// Whether they may be the same, and one of them is abbreviated too far to say so.
pub(crate) fn too_short(one: &str, other: &str) -> bool {
    is_hex(one) && is_hex(other) && begins_alike(one, other) && !same(Some(one), Some(other))
}

/// Whether it is a SHA with fewer digits than can be compared with a whole one.
pub(crate) fn abbreviated(candidate: &str) -> bool {
    is_hex(candidate) && candidate.len() < FEWEST_DIGITS
}

/// As in a sentence: the first digits of a SHA, and any other name shortened.
pub(crate) fn shown(candidate: &str) -> String {
    let candidate = candidate.trim();
    match candidate.get(..FEWEST_DIGITS) {
        Some(digits) if is_hex(candidate) => digits.to_owned(),
        _ => shorten(candidate),
    }
}

fn is_hex(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether the shorter of two is how the longer begins. Both are of single bytes.
fn begins_alike(one: &str, other: &str) -> bool {
    let digits = one.len().min(other.len());
    one[..digits].eq_ignore_ascii_case(&other[..digits])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SHA: &str = "018e611abc1234567890abcdef1234567890abcd";

    #[test]
    fn a_commit_is_told_by_enough_of_its_digits_and_by_nothing_else() {
        let upper = SHA.to_ascii_uppercase();
        for (one, other, want) in [
            (SHA, SHA, true),
            (SHA, upper.as_str(), true),
            (SHA, " 018e611abc1234567890abcdef1234567890abcd\n", true),
            (SHA, "018e611abc1234567890abcdef1234567890abce", false),
            (SHA, "018e611abc1234567890abcdef1234567890abcd0", false),
            (SHA, &SHA[..12], true),
            (SHA, &upper[..13], true),
            (SHA, &SHA[..11], false),
            (SHA, &SHA[..7], false),
            ("018e611", "018E611", true),
            ("018e611abc12", "018e611abc13", false),
            ("v1.2.0", "v1.2.0", true),
            ("v1.2.0", "V1.2.0", false),
            ("v1.2.0-aaaaaaaa", "v1.2.0-aaaaaaaa1", false),
            ("unknown", "unknown", false),
            ("Unknown", "unknown", false),
            ("", "", false),
            (" ", SHA, false),
        ] {
            assert_eq!(same(Some(one), Some(other)), want, "{one:?} and {other:?}");
            assert_eq!(same(Some(other), Some(one)), want, "{other:?} and {one:?}");
        }
        assert!(!same(None, None) && !same(None, Some(SHA)));
        assert!(too_short("018e611", SHA) && !too_short("018e612", SHA) && !too_short(SHA, SHA));
        assert!(abbreviated("018e611") && !abbreviated(&SHA[..12]) && !abbreviated("main"));
    }

    proptest! {
        #[test]
        fn no_name_breaks_it_and_order_does_not_matter(one in ".*", other in ".*") {
            prop_assert_eq!(same(Some(&one), Some(&other)), same(Some(&other), Some(&one)));
            prop_assert_eq!(same(Some(&one), Some(&one)), named(Some(&one)).is_some());
            let _ = (shown(&one), too_short(&one, &other));
        }
    }
}
