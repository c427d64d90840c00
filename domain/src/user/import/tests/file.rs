//! What a file says, and what is wrong with it.

use proptest::prelude::*;

use super::*;

#[test]
fn a_file_may_look_as_excel_saves_it() {
    let expected = read_text(
        "external_id,name,email,title,active,licence,roles,roles_expire_at\n\
         7,\"Holm, Ida\",ida@nordby.dk,Leder,true,pro,employee|reader@Nordby/Skole|reader@*,2026-12-31T23:00:00Z\n",
    )
    .unwrap();
    let person = &expected.people[0];
    assert_eq!((person.line, person.name.as_str(), person.licence), (2, "Holm, Ida", Some(Licence::Pro)));
    assert!(person.active && expected.has(Column::Roles) && !expected.has(Column::Phone));
    let role = |role: &str, place| RoleCell { role: role.to_owned(), place };
    let school = RolePlace::Organisation("Nordby/Skole".to_owned());
    let roles =
        vec![role("employee", RolePlace::Usual), role("reader", school), role("reader", RolePlace::Account)];
    assert_eq!(person.roles, roles);
    assert_eq!(person.roles_expire_at.unwrap().to_rfc3339(), "2026-12-31T23:00:00+00:00");

    let excel = "\u{feff}External_ID;Name;Email;Title;Active;Licence;Roles;Roles_Expire_At\r\n\
         7;Holm, Ida;ida@NORDBY.dk; Leder ;SAND;PRO;employee | reader@Nordby/Skole|reader@*;2027-01-01T00:00:00+01:00\r\n\
         ;;;;;;;\r\n\r\n";
    assert_eq!(read_text(excel).unwrap(), expected);
}

#[test]
fn each_fault_names_its_line_and_column() {
    let long = "x".repeat(201);
    let cases = [
        ("", vec![("/1", "header_missing")]),
        ("external_id,name\n1,A\n", vec![("/1/email", "column_missing")]),
        ("external_id,name,email,shoe/size\n", vec![("/1/shoe~1size", "column_unknown")]),
        ("external_id,name,email,name\n", vec![("/1/name", "column_twice")]),
        ("external_id,name,email,roles_expire_at\n", vec![("/1/roles", "column_missing")]),
        ("external_id,name,email\n1,A\n", vec![("/2", "values_miscounted")]),
        ("external_id,name,email\n\n\n1,,a@x.dk\n", vec![("/4/name", "value_missing")]),
        (
            "external_id,name,email\n1,A,a@x.dk\n1,B,A@x.dk\n",
            vec![("/3/external_id", "duplicate"), ("/3/email", "duplicate")],
        ),
        ("external_id,name,email\n1,A,nobody\n", vec![("/2/email", "email_malformed")]),
        ("external_id,name,email\n1,\"A\nB\",a@x.dk\n", vec![("/2/name", "character_not_allowed")]),
        ("external_id,name,email\n1,A\0,a@x.dk\n", vec![("/2/name", "character_not_allowed")]),
        ("external_id,name,email\n1,A,a@x.dk\n2,\"B,b@x.dk\n3,C,c@x.dk\n", vec![("/3", "values_miscounted")]),
        ("external_id,name,email,active\n1,A,a@x.dk,perhaps\n", vec![("/2/active", "active_malformed")]),
        ("external_id,name,email,licence\n1,A,a@x.dk,gold\n", vec![("/2/licence", "licence_unknown")]),
        (
            "external_id,name,email,person_number\n1,A,a@x.dk,123\n",
            vec![("/2/person_number", "person_number_malformed")],
        ),
        (
            "external_id,name,email,roles,roles_expire_at\n1,A,a@x.dk,employee,2026-12-31\n",
            vec![("/2/roles_expire_at", "time_malformed")],
        ),
    ];
    for (file, expected) in cases {
        let fault = read_text(file).unwrap_err();
        assert_eq!((fault.code, told(&fault)), ("invalid", expected), "{file:?}");
    }
    let fault = read_text(&format!("external_id,name,email\n1,{long},a@x.dk\n")).unwrap_err();
    assert_eq!(told(&fault), [("/2/name", "too_long")]);
    let fault = read(b"external_id,name,email\n1,S\xf8ren,a@x.dk\n", now().date_naive()).unwrap_err();
    assert_eq!(told(&fault), [("/2", "encoding_wrong")]);
    let utf_16: Vec<u8> = "external_id".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let fault = read(&[&[0xff, 0xfe], &*utf_16].concat(), now().date_naive()).unwrap_err();
    assert_eq!(told(&fault), [("/1", "encoding_wrong")]);
}

#[test]
fn no_more_faults_are_told_than_one_can_read() {
    let mut file = "external_id,name,email\n".to_owned();
    for number in 0..MOST_FAULTS + 7 {
        file += &format!("{number},A,nobody\n");
    }
    let fault = read_text(&file).unwrap_err();
    assert_eq!(fault.violations.len(), MOST_FAULTS + 1);
    let last = fault.violations.last().unwrap();
    assert_eq!((last.code, last.text.en.contains("7 more")), ("more_faults", true));
}

#[test]
fn a_file_has_an_end() {
    let mut file = "external_id,name,email\n".to_owned();
    for number in 0..=MOST_PEOPLE {
        file += &format!("{number},A,a{number}@x.dk\n");
    }
    assert_eq!(told(&read_text(&file).unwrap_err()), [("/100002", "too_many_people")]);
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        if let Err(fault) = read(&bytes, now().date_naive()) {
            prop_assert!(!fault.violations.is_empty());
        }
    }

    #[test]
    fn any_values_are_read_or_refused(values in proptest::collection::vec(".{0,20}", 0..30)) {
        let file = format!("external_id;name;email;roles\n{}\n", values.join(";"));
        if let Err(fault) = read_text(&file) {
            prop_assert!(fault.violations.iter().all(|violation| violation.pointer.starts_with('/')));
        }
    }
}
