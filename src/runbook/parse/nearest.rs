//! What somebody may have meant.

/// Names that are longer, or come later, are not compared: the comparison takes their product.
const COMPARED: usize = 64;
const CANDIDATES: usize = 1000;
/// Names listed where none is near.
const LISTED: usize = 16;

/// The known name nearest to `name`, if one is near enough to have been meant.
pub(super) fn nearest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let reach = (name.chars().count() / 3).max(1);
    known
        .into_iter()
        .take(CANDIDATES)
        .filter(|known| name.len().max(known.len()) <= COMPARED)
        .map(|known| (strsim::damerau_levenshtein(name, known), known))
        .filter(|(distance, _)| *distance <= reach)
        .min()
        .map(|(_, known)| known)
}

/// `did you mean …?`, or what there is to choose from.
pub(crate) fn choice<'k>(name: &str, known: impl IntoIterator<Item = &'k str> + Clone) -> String {
    if let Some(meant) = nearest(name, known.clone()) {
        return format!("did you mean `{meant}`?");
    }
    let mut names: Vec<&str> = known.into_iter().take(LISTED + 1).collect();
    if names.is_empty() {
        return "none is declared".to_owned();
    }
    if names.len() > LISTED {
        names[LISTED] = "…";
    }
    format!("known: {}", names.join(", "))
}
