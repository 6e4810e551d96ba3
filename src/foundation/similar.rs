//! Which known word a person may have meant.

/// The candidate that is written most alike, if any is near enough to be a slip of the keyboard.
#[must_use]
pub fn most_similar<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = word.chars().count().div_ceil(3).max(2);
    candidates
        .into_iter()
        .map(|candidate| (edit_distance(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= near)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The candidates that a person may have meant, the most similar first, at most `most`: those that are written alike,
/// then those that hold the whole word. Upper and lower case count as the same: of names that differ in nothing else, the
/// first is given.
#[must_use]
pub fn similar_names<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
    most: usize,
) -> Vec<&'a str> {
    let word = word.trim().to_lowercase();
    let length = word.chars().count();
    let near = length.div_ceil(3).max(2);
    let mut found: Vec<(usize, String, &str)> = Vec::new();
    for candidate in candidates {
        let name = candidate.to_lowercase();
        // Names whose lengths differ by more are not near: most of a large library is left out here.
        let alike = name.chars().count().abs_diff(length) <= near;
        let distance = if alike { edit_distance(&word, &name) } else { usize::MAX };
        let holds = length > 2 && name.contains(&word);
        match (distance <= near, holds) {
            (true, _) => found.push((distance, name, candidate)),
            (false, true) => found.push((near + 1, name, candidate)),
            (false, false) => {}
        }
    }
    // A stable order, so that of the same names the first stays in front.
    found.sort_by(|(distance, name, _), (other, its_name, _)| (distance, name).cmp(&(other, its_name)));
    found.dedup_by(|(_, name, _), (_, before, _)| name == before);
    found.into_iter().take(most).map(|(.., candidate)| candidate).collect()
}

/// How many letters must be added, removed or replaced (Levenshtein distance).
fn edit_distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (number, letter) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = number + 1;
        for (column, other) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_similar_word_is_found() {
        let words = ["volume", "night", "night_db"];
        assert_eq!(most_similar("volum", words), Some("volume"));
        assert_eq!(most_similar("nigth", words), Some("night"));
        assert_eq!(most_similar("quite_another", words), None);
    }

    /// Names that are written alike come first, then those that hold the word; nothing far comes at all.
    #[test]
    fn several_similar_names_are_found() {
        let names = ["Open Gate", "Open Sea", "Gate", "Rain", "Closed Gate"];
        assert_eq!(similar_names("opn gate", names, 3), ["Open Gate"]);
        assert_eq!(similar_names("GATE", names, 3), ["Gate", "Closed Gate", "Open Gate"]);
        assert_eq!(similar_names("gate", names, 1), ["Gate"]);
        assert_eq!(similar_names("quite another", names, 3), [""; 0]);
    }

    /// The name of a scene and its title are one suggestion if only a capital tells them apart.
    #[test]
    fn names_that_differ_in_case_are_one_suggestion() {
        let names = ["gate", "Gate", "Late", "late", "gate"];
        assert_eq!(similar_names("gat", names, 3), ["gate", "Late"]);
    }

    #[test]
    fn distances_are_those_of_levenshtein() {
        assert_eq!(edit_distance("kitten", "sitting"), 3);
        assert_eq!(edit_distance("", "abc"), 3);
        assert_eq!(edit_distance("same", "same"), 0);
    }
}
