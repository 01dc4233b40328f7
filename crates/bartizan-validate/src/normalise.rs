//! Changes to texts before the rules see them.

/// Takes white space off both ends.
pub fn trim(text: &mut String) {
    let kept = text.trim_end().len();
    text.truncate(kept);
    let start = text.len() - text.trim_start().len();
    text.drain(..start);
}

/// Makes all letters small, by Unicode's rules and no language's.
pub fn lower_case(text: &mut String) {
    if text.is_ascii() {
        text.make_ascii_lowercase();
    } else {
        *text = text.to_lowercase();
    }
}

/// Gives texts that look the same one spelling: Unicode's form NFC.
#[cfg(feature = "nfc")]
pub fn nfc(text: &mut String) {
    use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

    if is_nfc_quick(text.chars()) != IsNormalized::Yes {
        *text = text.nfc().collect();
    }
}

/// What holds texts that can be changed one by one.
#[diagnostic::on_unimplemented(message = "`{Self}` holds no text that could be changed")]
pub trait EachText {
    /// Calls `change` with each text.
    fn each_text(&mut self, change: fn(&mut String));
}

impl EachText for String {
    fn each_text(&mut self, change: fn(&mut String)) {
        change(self);
    }
}

impl<T: EachText> EachText for Option<T> {
    fn each_text(&mut self, change: fn(&mut String)) {
        self.iter_mut().for_each(|text| text.each_text(change));
    }
}

impl<T: EachText> EachText for Vec<T> {
    fn each_text(&mut self, change: fn(&mut String)) {
        self.iter_mut().for_each(|text| text.each_text(change));
    }
}

impl<T: EachText> EachText for Box<T> {
    fn each_text(&mut self, change: fn(&mut String)) {
        (**self).each_text(change);
    }
}

#[cfg(test)]
mod tests {
    use super::{EachText, lower_case, trim};

    fn changed(change: fn(&mut String), text: &str) -> String {
        let mut text = text.to_owned();
        change(&mut text);
        text
    }

    #[test]
    fn white_space_goes_from_both_ends_only() {
        for (text, expected) in [
            ("  a b\t\n", "a b"),
            ("a", "a"),
            ("", ""),
            (" \u{a0}\u{3000} ", ""),
            ("\u{3000}é\u{a0}", "é"),
        ] {
            assert_eq!(changed(trim, text), expected);
        }
    }

    #[test]
    fn letters_of_all_scripts_become_small() {
        assert_eq!(changed(lower_case, "MAIL@Example.COM"), "mail@example.com");
        assert_eq!(changed(lower_case, "ÄΣ"), "äς");
    }

    #[cfg(feature = "nfc")]
    #[test]
    fn what_looks_the_same_gets_one_spelling() {
        assert_eq!(changed(super::nfc, "e\u{301}"), "\u{e9}");
        assert_eq!(changed(super::nfc, "plain"), "plain");
    }

    #[test]
    fn each_text_of_a_list_is_changed() {
        let mut list = Some(vec![" a".to_owned(), "b ".to_owned()]);
        list.each_text(trim);
        assert_eq!(list, Some(vec!["a".to_owned(), "b".to_owned()]));
    }
}
