//! Danish and Swedish person numbers: reading, normal form, masked form, birth date.
//!
//! Denmark: the CPR office's "Personnummeret i CPR-systemet" and its answers on replacement numbers
//! (<https://www.cpr.dk/cpr-systemet/opbygning-af-cpr-nummeret>, <https://www.cpr.dk/spoergsmaal-og-svar/personnummer>).
//! Sweden: folkbokföringslagen (1991:481) 18 and 18 a §§, and the Swedish Tax Agency's leaflets SKV 704 (personnummer) and
//! SKV 707 (samordningsnummer).

use std::fmt;

use chrono::{Datelike, Days, NaiveDate};

use crate::{text, text::Text};

/// Why a text is no person number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PersonNumberFault {
    /// It is not written as such numbers are.
    Format,
    /// Its first digits are no day of any calendar, or one that is still to come.
    BirthDate,
    /// Its last digit does not fit the others.
    CheckDigit,
}

impl PersonNumberFault {
    /// A stable code in `snake_case`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Format => "person_number_format",
            Self::BirthDate => "person_number_birth_date",
            Self::CheckDigit => "person_number_check_digit",
        }
    }

    /// Why, and what now, for a Danish number.
    #[must_use]
    pub fn danish_text(self) -> Text {
        match self {
            Self::Format => text!(
                "Et CPR-nummer er ti cifre, DDMMÅÅ-SSSS, med eller uden bindestreg.",
                "Ett CPR-nummer är tio siffror, DDMMÅÅ-SSSS, med eller utan bindestreck.",
                "A CPR number is ten digits, DDMMYY-SSSS, with or without the hyphen.",
            ),
            // Danish numbers have no binding check digit.
            Self::BirthDate | Self::CheckDigit => text!(
                "CPR-nummerets første seks cifre er ikke en mulig fødselsdato. Se efter, om nummeret er skrevet rigtigt.",
                "CPR-numrets sex första siffror är inte ett möjligt födelsedatum. Se efter om numret är rätt skrivet.",
                "The CPR number's first six digits are no possible date of birth. See whether the number is written correctly.",
            ),
        }
    }

    /// Why, and what now, for a Swedish number.
    #[must_use]
    pub fn swedish_text(self) -> Text {
        match self {
            Self::Format => text!(
                "Et personnummer er ti eller tolv cifre, ÅÅMMDD-NNNN eller ÅÅÅÅMMDD-NNNN.",
                "Ett personnummer är tio eller tolv siffror, ÅÅMMDD-NNNN eller ÅÅÅÅMMDD-NNNN.",
                "A personnummer is ten or twelve digits, YYMMDD-NNNN or YYYYMMDD-NNNN.",
            ),
            Self::BirthDate => text!(
                "Personnummerets dato er ikke en mulig fødselsdato. Se efter, om nummeret er skrevet rigtigt.",
                "Personnumrets datum är inte ett möjligt födelsedatum. Se efter om numret är rätt skrivet.",
                "The personnummer's date is no possible date of birth. See whether the number is written correctly.",
            ),
            Self::CheckDigit => text!(
                "Personnummerets kontrolciffer passer ikke til de andre cifre. Se efter, om nummeret er skrevet rigtigt.",
                "Personnumrets kontrollsiffra stämmer inte med de andra siffrorna. Se efter om numret är rätt skrivet.",
                "The personnummer's check digit does not fit the other digits. See whether the number is written correctly.",
            ),
        }
    }
}

/// A Danish CPR number, or a replacement number (erstatningspersonnummer).
///
/// Replacement numbers, whose day is raised by 60, are accepted: municipalities give them to people whom the register
/// does not hold, and the CPR office says how they are made. [`is_replacement`](Self::is_replacement) tells them apart.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct DanishPersonNumber {
    digits: String,
    birth_date: NaiveDate,
    replacement: bool,
}

impl DanishPersonNumber {
    /// Reads ten digits, with or without a hyphen after the sixth.
    ///
    /// `today` refuses dates of birth to come; tomorrow is let through, since it may have begun where the child was born.
    ///
    /// # Errors
    /// What is wrong with the number. Modulus 11 is not asked for: numbers that fail it have been given since 2007.
    pub fn parse(text: &str, today: NaiveDate) -> Result<Self, PersonNumberFault> {
        let digits = match text.split_once('-') {
            Some((date, serial)) if date.len() == 6 && serial.len() == 4 => format!("{date}{serial}"),
            Some(_) => return Err(PersonNumberFault::Format),
            None => text.to_owned(),
        };
        let d: [u32; 10] = digits_of(&digits).ok_or(PersonNumberFault::Format)?;
        let (day, replacement) = day_of(d[0] * 10 + d[1]);
        let (month, year) = (d[2] * 10 + d[3], d[4] * 10 + d[5]);
        let century = match (d[6], year) {
            (0..=3, _) | (4 | 9, 37..) => 1900,
            (4 | 9, _) | (_, ..=57) => 2000,
            _ => 1800,
        };
        let birth_date = birth_date(century + year, month, day, today)?;
        Ok(Self { digits, birth_date, replacement })
    }

    /// The normal form: ten digits, without the hyphen.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.digits
    }

    /// The number with its last four digits hidden: `DDMMYY-****`.
    #[must_use]
    pub fn masked(&self) -> String {
        format!("{}-****", &self.digits[..6])
    }

    /// The date of birth that the number tells of. The century follows from the seventh digit and the year.
    #[must_use]
    pub const fn birth_date(&self) -> NaiveDate {
        self.birth_date
    }

    /// Whether it is a replacement number.
    #[must_use]
    pub const fn is_replacement(&self) -> bool {
        self.replacement
    }

    /// Whether the number passes the modulus 11 check. Passing raises confidence; failing proves nothing.
    #[must_use]
    pub fn passes_modulus_11(&self) -> bool {
        const WEIGHTS: [u32; 10] = [4, 3, 2, 7, 6, 5, 4, 3, 2, 1];
        let sum: u32 =
            self.digits.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
        sum.is_multiple_of(11)
    }
}

/// A Swedish personnummer or samordningsnummer (coordination number).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SwedishPersonNumber {
    digits: String,
    birth_date: NaiveDate,
    coordination: bool,
}

impl SwedishPersonNumber {
    /// Reads ten or twelve digits with or without `-` before the last four; `+` there says that the person turns or has
    /// turned 100 this year or before.
    ///
    /// Ten digits without `+` mean the latest century whose date has come by `today`. As for Danish numbers, tomorrow
    /// counts as having come.
    ///
    /// # Errors
    /// What is wrong with the number.
    pub fn parse(text: &str, today: NaiveDate) -> Result<Self, PersonNumberFault> {
        let mut digits = text.to_owned();
        let sign = digits
            .len()
            .checked_sub(5)
            .filter(|&at| digits.is_char_boundary(at))
            .map(|at| (at, text.as_bytes()[at]));
        if let Some((at, b'-' | b'+')) = sign {
            digits.remove(at);
        }
        let over_100 = matches!(sign, Some((_, b'+')));
        let full = digits.len() == 12;
        let short = if full { digits[..].get(2..) } else { Some(&digits[..]) };
        let d: [u32; 10] = short.and_then(digits_of).ok_or(PersonNumberFault::Format)?;
        let (day, coordination) = day_of(d[4] * 10 + d[5]);
        let (month, year) = (d[2] * 10 + d[3], d[0] * 10 + d[1]);
        let birth_date = if full {
            let century = match &digits[..2] {
                "18" => 1800,
                "19" => 1900,
                "20" => 2000,
                other if other.bytes().all(|b| b.is_ascii_digit()) => {
                    return Err(PersonNumberFault::BirthDate);
                }
                _ => return Err(PersonNumberFault::Format),
            };
            birth_date(century + year, month, day, today)?
        } else {
            [2000, 1900, 1800]
                .into_iter()
                .filter(|century| !over_100 || today.year() - (century + year).cast_signed() >= 100)
                .find_map(|century: u32| birth_date(century + year, month, day, today).ok())
                .ok_or(PersonNumberFault::BirthDate)?
        };
        if d[6..9] == [0, 0, 0] {
            return Err(PersonNumberFault::Format);
        }
        let sum: u32 = d
            .iter()
            .enumerate()
            .map(|(i, &digit)| if i % 2 == 0 { digit * 2 / 10 + digit * 2 % 10 } else { digit })
            .sum();
        if !sum.is_multiple_of(10) {
            return Err(PersonNumberFault::CheckDigit);
        }
        let digits = if full { digits } else { format!("{:02}{digits}", birth_date.year() / 100) };
        Ok(Self { digits, birth_date, coordination })
    }

    /// The normal form: twelve digits, without a hyphen, which does not change its meaning with the years.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.digits
    }

    /// The number with its last four digits hidden: `YYYYMMDD-****`.
    #[must_use]
    pub fn masked(&self) -> String {
        format!("{}-****", &self.digits[..8])
    }

    /// The date of birth that the number tells of. The person's own may lie some days off, where a day's numbers had
    /// run out.
    #[must_use]
    pub const fn birth_date(&self) -> NaiveDate {
        self.birth_date
    }

    /// Whether it is a coordination number, whose day is raised by 60.
    #[must_use]
    pub const fn is_coordination(&self) -> bool {
        self.coordination
    }
}

// A number must not reach a log because somebody printed the struct around it.
impl fmt::Debug for DanishPersonNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DanishPersonNumber(…)")
    }
}

impl fmt::Debug for SwedishPersonNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SwedishPersonNumber(…)")
    }
}

/// The digits of a text of exactly ten.
fn digits_of(text: &str) -> Option<[u32; 10]> {
    let bytes: [u8; 10] = text.as_bytes().try_into().ok()?;
    bytes.iter().all(u8::is_ascii_digit).then(|| bytes.map(|byte| u32::from(byte - b'0')))
}

/// The day of the month, and whether 60 had been added to it.
const fn day_of(written: u32) -> (u32, bool) {
    if written > 60 { (written - 60, true) } else { (written, false) }
}

fn birth_date(year: u32, month: u32, day: u32, today: NaiveDate) -> Result<NaiveDate, PersonNumberFault> {
    NaiveDate::from_ymd_opt(year.cast_signed(), month, day)
        .filter(|date| Some(*date) <= today.checked_add_days(Days::new(1)))
        .ok_or(PersonNumberFault::BirthDate)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn today() -> NaiveDate {
        date("2026-06-15")
    }

    #[test]
    fn the_seventh_digit_and_the_year_tell_the_century() {
        for (number, born) in [
            ("0101000000", "1900-01-01"),
            ("3112993999", "1999-12-31"),
            ("0101004000", "2000-01-01"),
            ("0101264000", "2026-01-01"),
            ("0101374000", "1937-01-01"),
            ("0101994999", "1999-01-01"),
            ("0101005000", "2000-01-01"),
            ("0101258999", "2025-01-01"),
            ("0101585000", "1858-01-01"),
            ("3112998999", "1899-12-31"),
            ("0101009000", "2000-01-01"),
            ("0101379000", "1937-01-01"),
            ("2902004000", "2000-02-29"),
        ] {
            let read = DanishPersonNumber::parse(number, today()).unwrap();
            assert_eq!((read.birth_date(), read.is_replacement()), (date(born), false), "{number}");
        }
    }

    #[test]
    fn impossible_danish_numbers_are_refused() {
        use PersonNumberFault::{BirthDate, Format};
        for (number, fault) in [
            ("", Format),
            ("-", Format),
            ("010100000", Format),
            ("01010000000", Format),
            ("010100 0000", Format),
            ("01010-00000", Format),
            ("010100-0000-", Format),
            ("010100–0000", Format),
            ("01010000a0", Format),
            ("٠١٠١٠٠٠٠٠٠", Format),
            ("øøøøø", Format),
            ("3102990000", BirthDate),
            ("2902010000", BirthDate),
            ("2902000000", BirthDate),
            ("2902994999", BirthDate),
            ("0013990000", BirthDate),
            ("0001990000", BirthDate),
            ("6002990000", BirthDate),
            ("9202990000", BirthDate),
            ("0101364000", BirthDate),
            ("0101575000", BirthDate),
            ("1706264000", BirthDate),
        ] {
            assert_eq!(DanishPersonNumber::parse(number, today()), Err(fault), "{number}");
        }
    }

    #[test]
    fn danish_forms() {
        let plain = DanishPersonNumber::parse("010170-1234", today()).unwrap();
        assert_eq!((plain.as_str(), plain.masked().as_str()), ("0101701234", "010170-****"));
        let replacement = DanishPersonNumber::parse("6101701234", today()).unwrap();
        assert_eq!(replacement.birth_date(), plain.birth_date());
        assert!(replacement.is_replacement() && !plain.is_replacement());
        assert!(!format!("{plain:?}").contains("0101"));
    }

    #[test]
    fn modulus_11_informs_only() {
        // 0·4+1·3+0·2+1·7+7·6+0·5+0·4+0·3+1·2+x: 54 + 1 = 55 = 5 · 11.
        assert!(DanishPersonNumber::parse("0101700011", today()).unwrap().passes_modulus_11());
        assert!(!DanishPersonNumber::parse("0101700012", today()).unwrap().passes_modulus_11());
    }

    #[test]
    fn swedish_numbers_find_their_century() {
        for (number, normal, coordination) in [
            ("900101-0017", "199001010017", false),
            ("9001010017", "199001010017", false),
            ("19900101-0017", "199001010017", false),
            ("199001010017", "199001010017", false),
            ("900161-0014", "199001610014", true),
            ("260615-0015", "202606150015", false),
            ("260616-0014", "202606160014", false),
            ("260617-0013", "192606170013", false),
            ("260617+0013", "192606170013", false),
            ("261231+0017", "192612310017", false),
            ("900101+0017", "189001010017", false),
            ("000229-0013", "200002290013", false),
            ("000229+0013", "", false),
        ] {
            let read = SwedishPersonNumber::parse(number, today());
            if normal.is_empty() {
                assert_eq!(read, Err(PersonNumberFault::BirthDate), "{number}");
                continue;
            }
            let read = read.unwrap_or_else(|fault| panic!("{number}: {fault:?}"));
            assert_eq!((read.as_str(), read.is_coordination()), (normal, coordination), "{number}");
            assert_eq!(read.masked(), format!("{}-****", &normal[..8]));
        }
    }

    #[test]
    fn impossible_swedish_numbers_are_refused() {
        use PersonNumberFault::{BirthDate, CheckDigit, Format};
        for (number, fault) in [
            ("", Format),
            ("+", Format),
            ("900101-001", Format),
            ("90010-10017", Format),
            ("900101--0017", Format),
            ("900101 0017", Format),
            ("9001010017000", Format),
            ("900101-000x", Format),
            ("xx9001010017", Format),
            ("åå001010017", Format),
            ("900101-0009", Format),
            ("900101-0018", CheckDigit),
            ("199001010018", CheckDigit),
            ("179001010017", BirthDate),
            ("210001010016", BirthDate),
            ("203001010010", BirthDate),
            ("900231-0010", BirthDate),
            ("900160-0015", BirthDate),
            ("900192-0017", BirthDate),
            ("901301-0013", BirthDate),
        ] {
            assert_eq!(SwedishPersonNumber::parse(number, today()), Err(fault), "{number}");
        }
    }

    proptest! {
        #[test]
        fn anything_is_read_or_refused(text in "\\PC{0,14}|[0-9+-]{9,14}") {
            if let Ok(read) = DanishPersonNumber::parse(&text, today()) {
                prop_assert_eq!(DanishPersonNumber::parse(read.as_str(), today()), Ok(read));
            }
            if let Ok(read) = SwedishPersonNumber::parse(&text, today()) {
                prop_assert_eq!(SwedishPersonNumber::parse(read.as_str(), today()), Ok(read));
            }
        }

        #[test]
        fn every_day_of_the_twentieth_century_has_numbers(days in 0_u64..36_524, serial in 0_u32..4_000) {
            let day = date("1900-01-01") + Days::new(days);
            let number = format!("{}{serial:04}", day.format("%d%m%y"));
            prop_assert_eq!(DanishPersonNumber::parse(&number, today()).map(|read| read.birth_date()), Ok(day));
        }
    }
}
