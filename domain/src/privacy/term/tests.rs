use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::{crypto::AccountKey, id::AccountKeyId};

fn key() -> BlindIndexKey {
    AccountKey::new(AccountKeyId(Uuid::nil()), [1; 32]).blind_index_key()
}

fn text_terms(text: &str) -> Vec<Term> {
    terms_of(DataClass::Personal, TextKind::Text, false, text, &key())
}

/// The kinds of the ways by which a query finds terms.
fn found(query: &Query, terms: &[Term]) -> Vec<TermKind> {
    let is = |m: &Match, term: &Term| {
        if m.prefix { term.as_str().starts_with(m.term.as_str()) } else { *term == m.term }
    };
    let holds = |way: &Way| way.all_of.iter().all(|any| any.iter().any(|m| terms.iter().any(|t| is(m, t))));
    query.ways(&[key()]).into_iter().filter(holds).map(|way| way.kind).collect()
}

fn plain(terms: &[Term]) -> Vec<&str> {
    terms.iter().filter_map(|term| term.as_str().strip_prefix("w:")).collect()
}

#[test]
fn danish_and_swedish_spellings_meet() {
    let cases = [
        ("Jörgen Ängström", "jørgen ængstrøm"),
        ("Åberg", "AABERG"),
        ("Søren", "Soeren"),
        ("A\u{30a}sa O\u{308}berg", "Åsa Öberg"),
        ("René Müller", "rene muller"),
        ("Anna-Lena O'Brien", "anna lena o brien"),
        ("Weiß", "WEISS"),
        ("Łukasz Þór", "lukasz thor"),
        ("ｗｉｄｅ", "wide"),
    ];
    for (one, other) in cases {
        assert_eq!(text_terms(one), text_terms(other), "{one}");
        assert_eq!(found(&Query::parse(other), &text_terms(one)), [TermKind::Word], "{one}");
    }
    assert_ne!(text_terms("Berg"), text_terms("Börg"));
}

#[test]
fn a_query_finds_what_it_should() {
    use TermKind::{BirthDigits, Email, PersonNumber, Phone, Word};
    let cases: &[(&str, &str, &[TermKind])] = &[
        ("Anna Berg", "ber an", &[Word]),
        ("Anna Berg", "anna bergman", &[]),
        ("skriv til Anna.Berg@Example.dk.", "anna.berg@example.dk", &[Email]),
        ("skriv til <mailto:anna.berg@example.dk>", "ANNA.BERG@EXAMPLE.DK", &[Email]),
        ("anna.berg@example.dk", "berg", &[Word]),
        ("anna.berg@example.dk", "ina.berg@example.dk", &[]),
        ("ring +45 12 34 56 78 nu", "12345678", &[Phone]),
        ("ring 12345678", "+4512345678", &[Phone]),
        ("ring 12345678", "1234", &[Word]),
        ("ring 070-123 45 67", "+46 (0)70 123 45 67", &[Phone]),
        ("CPR 010190-1234", "0101901234", &[PersonNumber]),
        ("CPR0101901234.", "010190 1234", &[PersonNumber]),
        ("CPR 010190 - 1234", "010190", &[BirthDigits]),
        ("Sag 010190-1234 og 311299-4321", "311299-4321", &[PersonNumber]),
        ("pnr 850101-1236", "19850101-1236", &[PersonNumber]),
        ("pnr 19850101-1236", "850101+1236", &[PersonNumber]),
        ("pnr 198501011236", "19850101", &[BirthDigits]),
        ("tlf +4512311234", "12311234", &[Phone]),
        ("x+850101-1236", "8501011236", &[PersonNumber]),
        ("samordningsnr 850161-123A", "850161123a", &[PersonNumber]),
        ("født 010190", "010190", &[Word]),
        ("Anna Berg", "Anna Berg 010190-1234", &[Word]),
        ("", "", &[]),
        ("Anna", "  - ", &[]),
    ];
    for (text, query, kinds) in cases {
        assert_eq!(found(&Query::parse(query), &text_terms(text)), *kinds, "{query} in {text}");
    }
    assert!(Query::parse(" - ").is_empty());
}

#[test]
fn phone_numbers_meet_however_they_are_written() {
    let terms = |text| terms_of(DataClass::Personal, TextKind::Phone, false, text, &key());
    for (one, other) in [
        ("+46 70-123 45 67", "0701234567"),
        ("0046 (0)70 123 45 67", "070 - 123 45 67"),
        ("+46 8 123 456", "08-12 34 56"),
        ("+45 12 34 56 78", "12345678"),
        ("004512345678", "4512345678"),
    ] {
        assert_eq!(terms(one).len(), 1, "{one}");
        assert_eq!(terms(one), terms(other), "{one}");
        assert!(found(&Query::parse(other), &terms(one)).contains(&TermKind::Phone), "{one}");
    }
    for none in ["", "1234", "+45", "ukendt", "1234567890123456"] {
        assert_eq!(terms(none), [], "{none}");
    }
}

#[test]
fn a_field_for_person_numbers_is_blinded_whatever_it_holds() {
    let terms = |text| terms_of(DataClass::PersonNumber, TextKind::Text, false, text, &key());
    let sorted = |mut terms: Vec<Term>| {
        terms.sort();
        terms
    };
    assert_eq!(sorted(terms("010190-1234")), sorted(text_terms("0101901234")));
    assert_eq!(terms("19850101-1236"), terms("8501011236"));
    assert_eq!(found(&Query::parse("010190"), &terms("010190")), [TermKind::BirthDigits]);
    for text in ["anna 010190", "0101 90 12 34", "åøж", "x"] {
        assert!(!terms(text).is_empty(), "{text}");
        assert!(terms(text).iter().all(|term| term.as_str().as_bytes()[1] == b'~'), "{text}");
    }
}

#[test]
fn an_encrypted_field_is_blinded_and_its_words_are_found_whole() {
    let terms = terms_of(DataClass::Sensitive, TextKind::Text, true, "Astma, se anna@x.dk", &key());
    assert!(terms.iter().all(|term| term.as_str().as_bytes()[1] == b'~'));
    assert_eq!(found(&Query::parse("ASTMA"), &terms), [TermKind::Word]);
    assert_eq!(found(&Query::parse("astm"), &terms), []);
    assert_eq!(found(&Query::parse("anna@x.dk"), &terms), [TermKind::Email]);
}

#[test]
fn a_value_without_personal_data_has_no_terms() {
    assert_eq!(terms_of(DataClass::None, TextKind::Text, false, "Anna", &key()), []);
}

#[test]
fn a_query_limited_to_six_digits_finds_by_these_only() {
    let query = Query::parse("010190-1234");
    assert!(query.has_person_number());
    let limited = query.limited_to_six_digits();
    assert!(!limited.has_person_number());
    assert_eq!(found(&limited, &text_terms("010190-1234")), [TermKind::BirthDigits]);
    // A phone number is no way round.
    for text in ["010190-1234", "0101901234", "CPR 010190-1234"] {
        let crafted = Query::parse("+45 01901234").limited_to_six_digits();
        assert_eq!(found(&crafted, &text_terms(text)), [], "{text}");
    }
}

#[test]
fn sizes_are_bounded() {
    let word = "å".repeat(5_000);
    assert_eq!(plain(&text_terms(&word)), ["a".repeat(64)]);
    assert_eq!(found(&Query::parse(&word), &text_terms(&word)), [TermKind::Word]);
    let many: String = (0..5_000).map(|number| format!("x{number} ")).collect();
    assert_eq!(text_terms(&many).len(), 1_000);
    assert_eq!(Query::parse(&many).ways(&[key()])[0].all_of.len(), 16);
}

#[test]
fn a_query_does_not_print_itself() {
    assert!(!format!("{:?}", Query::parse("anna")).contains("anna"));
}

proptest! {
    #[test]
    fn a_person_number_never_shows(
        before in "[a-zå ,+_]{0,9}[a-zå ,_]|[a-z]{70}|", day in 1u8..=31, month in 1u8..=12, year in 0u8..100,
        gap in "|-|[ ]|[+]| - |/|_", serial in "[0-9]{4}", after in "([a-zå,][a-z0-9 ]{0,9})?",
    ) {
        let number = format!("{day:02}{month:02}{year:02}{gap}{serial}");
        let terms = text_terms(&format!("{before}{number}{after}"));
        let digits = format!("{day:02}{month:02}{year:02}");
        prop_assert!(found(&Query::parse(&number), &terms).contains(&TermKind::PersonNumber));
        for word in plain(&terms) {
            prop_assert!(!word.contains(&digits), "{}", word);
        }
    }

    #[test]
    fn every_word_is_found_by_each_of_its_beginnings(
        words in prop::collection::vec("[a-zåäöæø]{1,70}", 1..5), at: prop::sample::Index, length in 1usize..70,
    ) {
        let terms = text_terms(&words.join(" "));
        let word = &words[at.index(words.len())];
        let beginning: String = word.chars().take(length).collect();
        prop_assert!(found(&Query::parse(&beginning), &terms).contains(&TermKind::Word));
    }

    #[test]
    fn folding_twice_changes_nothing(text: String) {
        let once: String = fold(&text).into_iter().collect();
        prop_assert_eq!(fold(&once).into_iter().collect::<String>(), once);
    }

    #[test]
    fn no_text_makes_it_panic(text: String, digits in "[0-9aж +-]{0,40}", encrypted: bool) {
        for text in [text, digits] {
            for class in [DataClass::Personal, DataClass::PersonNumber] {
                for kind in [TextKind::Text, TextKind::Phone] {
                    for term in terms_of(class, kind, encrypted, &text, &key()) {
                        prop_assert!(term.as_str().chars().count() <= 66);
                    }
                }
            }
            let _ = Query::parse(&text).limited_to_six_digits().ways(&[key()]);
        }
    }
}
