//! Globs, as Python's `fnmatch` reads them: `*`, `?`, `[abc]`, `[a-z]`, `[!abc]`, and no escape but brackets.

/// A glob, ready to match. Every text is one: what would be malformed elsewhere stands for itself.
pub(crate) struct Glob(Vec<Token>);

enum Token {
    /// Any run of characters, the empty one too.
    Run,
    /// Any one character.
    One,
    Char(char),
    Set {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
}

impl Glob {
    pub(crate) fn new(glob: &str) -> Self {
        let chars: Vec<char> = glob.chars().collect();
        let mut tokens = Vec::new();
        let mut at = 0;
        while at < chars.len() {
            let token = match chars[at] {
                '*' => Token::Run,
                '?' => Token::One,
                '[' => match set(&chars[at + 1..]) {
                    Some((set, length)) => {
                        at += length;
                        set
                    }
                    None => Token::Char('['),
                },
                other => Token::Char(other),
            };
            tokens.push(token);
            at += 1;
        }
        Glob(tokens)
    }

    /// Whether the whole of `text` matches. O(glob × text) at worst: only the last `*` is ever tried anew.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let mut token = 0;
        let mut rest = text.chars();
        let mut retry = None; // the token after the last `*`, and the text from which to try it
        loop {
            if let Some(Token::Run) = self.0.get(token) {
                token += 1;
                retry = Some((token, rest.clone()));
                continue;
            }
            match (self.0.get(token), rest.next()) {
                (None, None) => return true,
                (Some(one), Some(c)) if one.matches(c) => {
                    token += 1;
                    continue;
                }
                _ => {}
            }
            // a mismatch: the last `*` takes one character more
            let Some((after, from)) = &mut retry else {
                return false;
            };
            if from.next().is_none() {
                return false;
            }
            token = *after;
            rest = from.clone();
        }
    }
}

impl Token {
    fn matches(&self, c: char) -> bool {
        match self {
            Token::Run | Token::One => true,
            Token::Char(own) => *own == c,
            Token::Set { negated, ranges } => {
                let is_in = ranges.iter().any(|&(low, high)| (low..=high).contains(&c));
                is_in != *negated
            }
        }
    }
}

/// The set that begins after a `[`, and how many characters it takes, its `]` included. None if it is never closed.
fn set(chars: &[char]) -> Option<(Token, usize)> {
    let negated = chars.first() == Some(&'!');
    let start = usize::from(negated);
    // a `]` that comes first is a member of the set
    let end = start + 1 + chars.get(start + 1..)?.iter().position(|&c| c == ']')?;
    let mut ranges = Vec::new();
    let mut members = &chars[start..end];
    while let [first, rest @ ..] = members {
        if let ['-', last, rest @ ..] = rest {
            ranges.push((*first, *last));
            members = rest;
        } else {
            ranges.push((*first, *first));
            members = rest;
        }
    }
    Some((Token::Set { negated, ranges }, end + 1))
}

#[cfg(test)]
mod tests {
    use super::Glob;

    #[test]
    fn globs_are_read_as_fnmatch_reads_them() {
        // each answer is that of Python 3.11's `fnmatch.fnmatchcase`
        for (glob, text, expected) in [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("*", "a\nb/c", true),
            ("a*", "ab", true),
            ("a*b*c", "a_b_b_c", true),
            ("a*b*c", "a_b_b_", false),
            ("*aab", "aaaaab", true),
            ("?", "é", true),
            ("?", "", false),
            ("[abc]", "b", true),
            ("[!abc]", "b", false),
            ("[!a]*", "123", true),
            ("[a-c]x", "bx", true),
            ("[a-c-e]", "-", true),
            ("[a-c-e]", "d", false),
            ("[a-c-e]", "e", true),
            ("[]a]", "]", true),
            ("[!]a]", "]", false),
            ("[!]a]", "b", true),
            ("[-a]", "-", true),
            ("[a-]", "-", true),
            ("[--0]", "/", true),
            ("[z-a]", "m", false),
            ("[!z-a]", "m", true),
            ("[a", "[a", true),
            ("[", "[", true),
            ("[]", "[]", true),
            ("[!]", "[!]", true),
            ("[!", "[!", true),
            ("[a[b]", "[", true),
            ("x[", "x[", true),
            ("\\*", "\\abc", true),
        ] {
            assert_eq!(Glob::new(glob).matches(text), expected, "{glob:?} {text:?}");
        }
    }

    #[test]
    fn many_stars_take_no_exponential_time() {
        let glob = "a*".repeat(50) + "b";
        assert!(!Glob::new(&glob).matches(&"a".repeat(10_000)));
    }
}
