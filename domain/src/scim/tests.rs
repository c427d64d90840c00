use proptest::prelude::*;
use serde_json::{Value, json};

use super::filter::{Filter, Operator};
use super::group::{MemberChange, part};
use super::path::Path;
use super::schema::ENTERPRISE_SCHEMA;
use super::*;
use crate::id::UserId;

fn asked(filter: &str) -> Result<Condition, Option<ScimType>> {
    let filter = Filter::parse(filter).map_err(|fault| ScimType::of(&fault))?;
    Condition::of(ResourceType::User, &filter).map_err(|fault| ScimType::of(&fault))
}

fn test(field: Field, test: Test) -> Condition {
    Condition::Test { field, test, negated: false }
}

fn not(field: Field, test: Test) -> Condition {
    Condition::Test { field, test, negated: true }
}

fn text(operator: Operator, text: &str) -> Test {
    Test::Text(operator, text.to_owned())
}

#[test]
fn filters_become_conditions() {
    use Operator::{Co, Eq, Ge, Sw};
    let id = uuid::Uuid::from_u128(7);
    let cases = [
        (r#"userName eq "a@b.dk""#.to_owned(), test(Field::UserName, text(Eq, "a@b.dk"))),
        (r#"USERNAME EQ "a""#.to_owned(), test(Field::UserName, text(Eq, "a"))),
        (
            r#"urn:ietf:params:scim:schemas:core:2.0:User:userName sw "a""#.to_owned(),
            test(Field::UserName, text(Sw, "a")),
        ),
        (r#"name.formatted co "\u00e5 \"x\"""#.to_owned(), test(Field::Name, text(Co, "å \"x\""))),
        (r#"externalId ge "x""#.to_owned(), test(Field::ExternalId, text(Ge, "x"))),
        ("title pr".to_owned(), test(Field::Title, Test::Present)),
        ("title eq null".to_owned(), not(Field::Title, Test::Present)),
        ("active eq true".to_owned(), test(Field::Active, Test::Flag(true))),
        (r#"active ne "False""#.to_owned(), not(Field::Active, Test::Flag(false))),
        (format!(r#"id eq "{id}""#), test(Field::Id, Test::Id(id))),
        (r#"id eq "no such""#.to_owned(), Condition::NEVER),
        (r#"id ne "no such""#.to_owned(), Condition::ALWAYS),
        (format!(r#"groups eq "{id}""#), test(Field::Group, Test::Id(id))),
        (r#"roles[value eq "employee"]"#.to_owned(), test(Field::Role, text(Eq, "employee"))),
        (r#"meta.resourceType eq "user""#.to_owned(), Condition::ALWAYS),
        (r#"meta.resourceType eq "Group""#.to_owned(), Condition::NEVER),
        (
            r#"meta.lastModified gt "2026-06-01T14:00:00+02:00""#.to_owned(),
            test(Field::LastModified, Test::Time(Operator::Gt, "2026-06-01T12:00:00Z".parse().unwrap())),
        ),
        // `and` binds closer than `or`, and `not` turns a whole group.
        (
            "title pr or active eq true and displayName pr".to_owned(),
            Condition::Any(vec![
                test(Field::Title, Test::Present),
                Condition::All(vec![test(Field::Active, Test::Flag(true)), test(Field::Name, Test::Present)]),
            ]),
        ),
        (
            "not (title pr or active eq true)".to_owned(),
            Condition::All(vec![not(Field::Title, Test::Present), not(Field::Active, Test::Flag(true))]),
        ),
        // As Entra ID looks for somebody by their address.
        (
            r#"emails[type eq "work"].value eq "a@b.dk""#.to_owned(),
            Condition::All(vec![
                test(Field::Email, Test::Present),
                Condition::All(vec![
                    test(Field::Email, Test::Present),
                    test(Field::Email, text(Eq, "a@b.dk")),
                ]),
            ]),
        ),
        (
            r#"emails[type eq "home"]"#.to_owned(),
            Condition::All(vec![test(Field::Email, Test::Present), Condition::NEVER]),
        ),
    ];
    for (filter, expected) in cases {
        assert_eq!(asked(&filter), Ok(expected), "{filter}");
    }
}

#[test]
fn what_cannot_be_asked_is_refused() {
    let deep = format!("{}title pr{}", "(".repeat(30), ")".repeat(30));
    let long = vec!["title pr"; 101].join(" or ");
    let cases = [
        "",
        "userName",
        "userName eq",
        "userName eq a",
        "userName xx \"a\"",
        "(title pr",
        "title pr)",
        "not title pr",
        "userName eq \"a",
        "userName eq \"a\\\"",
        "\"a\" eq userName",
        "userName eq 'a'",
        "title pr; DROP TABLE x",
        "userName eq \"a\" --",
        "userName eq 7",
        "active gt true",
        "active eq \"perhaps\"",
        "id co \"a\"",
        "meta.created co \"a\"",
        "meta.created gt \"yesterday\"",
        "name.givenName eq \"a\"",
        "password pr",
        "emails[type co \"w\"]",
        "nonsense eq \"a\"",
        "emails[value eq \"a\"",
        "emails[emails[value pr]]",
        "roles[value eq \"a\" and primary eq true]",
        "urn:x:userName eq \"a\"",
        "emails.value.x pr",
        &deep,
        &long,
    ];
    for filter in cases {
        assert_eq!(asked(filter), Err(Some(ScimType::InvalidFilter)), "{filter}");
    }
}

proptest! {
    #[test]
    fn no_filter_panics(filter in "[a-zA-Z.:\\[\\]() \"\\\\0-9å-]{0,60}") {
        let _ = asked(&filter);
        let _ = Path::parse(ResourceType::User, &filter);
    }

    #[test]
    fn a_text_comes_through_as_it_is(value in "[^\\u{0}]{0,40}") {
        let filter = format!("userName eq {}", Value::from(value.clone()));
        prop_assert_eq!(asked(&filter), Ok(test(Field::UserName, Test::Text(Operator::Eq, value))));
    }
}

fn patched(before: Value, operations: Value) -> Result<Value, Option<ScimType>> {
    let Value::Object(mut resource) = before else { panic!("an object") };
    let done = Patch::parse(ResourceType::User, &json!({ "Operations": operations }))
        .and_then(|patch| patch.apply(ResourceType::User, &mut resource));
    done.map(|()| resource.into()).map_err(|fault| ScimType::of(&fault))
}

#[test]
fn patches_do_what_they_say() {
    let work = json!([{ "value": "a@b.dk", "type": "work" }]);
    let cases = [
        (json!({}), json!([{ "op": "add", "path": "title", "value": "x" }]), json!({ "title": "x" })),
        (
            json!({ "title": "x" }),
            json!([{ "op": "Replace", "path": "TITLE", "value": "y" }]),
            json!({ "title": "y" }),
        ),
        (json!({ "title": "x" }), json!([{ "op": "Remove", "path": "title" }]), json!({})),
        (json!({ "title": "x" }), json!([{ "op": "replace", "path": "title", "value": null }]), json!({})),
        (
            json!({}),
            json!([{ "op": "Replace", "path": "active", "value": "False" }]),
            json!({ "active": false }),
        ),
        (json!({}), json!([{ "op": "Add", "value": { "Active": "True" } }]), json!({ "active": true })),
        // A complex attribute keeps what is not sent.
        (
            json!({ "name": { "givenName": "A", "familyName": "B" } }),
            json!([{ "op": "replace", "path": "name", "value": { "familyName": "C" } }]),
            json!({ "name": { "givenName": "A", "familyName": "C" } }),
        ),
        (
            json!({ "name": { "givenName": "A" } }),
            json!([{ "op": "remove", "path": "name.givenName" }]),
            json!({}),
        ),
        // Keys of an operation without a path, as Entra ID writes them.
        (
            json!({}),
            json!([{ "op": "Replace", "value": {
                "name.givenName": "A",
                "emails[type eq \"work\"].value": "a@b.dk",
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department": "IT",
                "nickName": "Al", "nonsense": 7, "id": "mine", "meta": {}
            } }]),
            json!({ "name": { "givenName": "A" }, "emails": work, ENTERPRISE_SCHEMA: { "department": "IT" } }),
        ),
        (
            json!({}),
            json!([{ "op": "Add", "value": { ENTERPRISE_SCHEMA: { "department": "IT", "manager": "7" } } }]),
            json!({ ENTERPRISE_SCHEMA: { "department": "IT" } }),
        ),
        (
            json!({ ENTERPRISE_SCHEMA: { "department": "IT" } }),
            json!([{ "op": "remove", "path": ENTERPRISE_SCHEMA }]),
            json!({}),
        ),
        // By id and as an object: passed over, since Styr does not keep managers.
        (
            json!({}),
            json!([
                { "op": "Add", "path": format!("{ENTERPRISE_SCHEMA}:manager"), "value": "7" },
                { "op": "Replace", "path": "manager", "value": { "value": "7" } },
                { "op": "Add", "path": "addresses[type eq \"work\"].formatted", "value": "x" },
                { "op": "Add", "path": "name.middleName", "value": "x" }
            ]),
            json!({}),
        ),
        // Elements by filter: changed, made, removed.
        (
            json!({ "emails": work }),
            json!([{ "op": "Replace", "path": "emails[type eq \"work\"].value", "value": "c@d.dk" }]),
            json!({ "emails": [{ "value": "c@d.dk", "type": "work" }] }),
        ),
        (
            json!({}),
            json!([{ "op": "Add", "path": "emails[type eq \"work\"].value", "value": "a@b.dk" }]),
            json!({ "emails": work }),
        ),
        (
            json!({}),
            json!([{ "op": "Replace", "path": "roles[primary eq \"True\"].value", "value": "employee" }]),
            json!({ "roles": [{ "primary": true, "value": "employee" }] }),
        ),
        (
            json!({ "roles": [{ "value": "a" }, { "value": "b" }] }),
            json!([{ "op": "remove", "path": "roles[value eq \"A\"]" }]),
            json!({ "roles": [{ "value": "b" }] }),
        ),
        (
            json!({ "roles": [{ "value": "a" }, { "value": "b" }] }),
            json!([{ "op": "Remove", "path": "roles", "value": [{ "value": "b" }] }]),
            json!({ "roles": [{ "value": "a" }] }),
        ),
        (
            json!({ "roles": [{ "value": "a" }] }),
            json!([{ "op": "Remove", "path": "roles", "value": [] }]),
            json!({ "roles": [{ "value": "a" }] }),
        ),
        (json!({ "roles": [{ "value": "a" }] }), json!([{ "op": "remove", "path": "roles" }]), json!({})),
        // Adding again adds nothing, and who is added as primary is the only one.
        (
            json!({ "roles": [{ "value": "a", "primary": true }] }),
            json!([
                { "op": "add", "path": "roles", "value": [{ "value": "a" }] },
                { "op": "add", "path": "roles", "value": { "value": "b", "primary": "True" } },
                { "op": "add", "path": "roles", "value": "{\"value\": \"c\", \"id\": \"7\"}" },
                { "op": "add", "path": "roles", "value": ["d"] }
            ]),
            json!({ "roles": [{ "value": "a" }, { "value": "b", "primary": true }, { "value": "c" }, { "value": "d" }] }),
        ),
        (
            json!({ "roles": [{ "value": "a" }] }),
            json!([{ "op": "replace", "path": "roles", "value": [{ "value": "b" }] }]),
            json!({ "roles": [{ "value": "b" }] }),
        ),
    ];
    for (before, operations, expected) in cases {
        assert_eq!(patched(before, operations.clone()), Ok(expected), "{operations}");
    }
}

#[test]
fn patches_that_make_no_sense_are_refused() {
    let cases = [
        (json!([]), ScimType::InvalidSyntax),
        (json!([{ "op": "move", "path": "title" }]), ScimType::InvalidSyntax),
        (json!([{ "op": "add", "value": "x" }]), ScimType::InvalidSyntax),
        (json!([{ "op": "add", "path": 7, "value": "x" }]), ScimType::InvalidSyntax),
        (json!([{ "op": "remove" }]), ScimType::NoTarget),
        (
            json!([{ "op": "replace", "path": "emails[type eq \"home\"].value", "value": "x" }]),
            ScimType::NoTarget,
        ),
        (json!([{ "op": "add", "path": "emails[type co \"h\"].value", "value": "x" }]), ScimType::NoTarget),
        (json!([{ "op": "add", "path": "nonsense", "value": "x" }]), ScimType::InvalidPath),
        (json!([{ "op": "add", "path": "title[x eq 1]", "value": "x" }]), ScimType::InvalidPath),
        (
            json!([{ "op": "add", "path": "emails[type eq \"work\"]value", "value": "x" }]),
            ScimType::InvalidPath,
        ),
        (json!([{ "op": "add", "path": "emails[type eq", "value": "x" }]), ScimType::InvalidFilter),
        (json!([{ "op": "add", "path": "id", "value": "x" }]), ScimType::Mutability),
        (json!([{ "op": "remove", "path": "groups" }]), ScimType::Mutability),
        (json!([{ "op": "remove", "path": "userName" }]), ScimType::Mutability),
        (json!([{ "op": "add", "path": "active", "value": "perhaps" }]), ScimType::InvalidValue),
        (json!([{ "op": "add", "path": "title", "value": { "a": 1 } }]), ScimType::InvalidValue),
        (json!([{ "op": "add", "path": "emails", "value": 7 }]), ScimType::InvalidValue),
    ];
    for (operations, expected) in cases {
        let before = json!({ "userName": "a", "emails": [{ "value": "a@b.dk", "type": "work" }] });
        assert_eq!(patched(before, operations.clone()), Err(Some(expected)), "{operations}");
    }
}

#[test]
fn a_group_s_members_are_changed_without_looking_at_them() {
    let (anna, bo) = (uuid::Uuid::from_u128(1), uuid::Uuid::from_u128(2));
    let parted = |operations: Value| {
        let patch = Patch::parse(ResourceType::Group, &json!({ "Operations": operations }));
        let parted = patch.and_then(part);
        parted.map(|(rest, changes)| (rest.operations.len(), changes)).map_err(|fault| ScimType::of(&fault))
    };
    let cases = [
        (
            json!([{ "op": "Add", "path": "members", "value": [{ "value": anna }, { "$ref": null, "value": bo }] }]),
            Ok((0, vec![MemberChange::Add(vec![UserId(anna), UserId(bo)])])),
        ),
        (
            json!([{ "op": "Remove", "path": "members", "value": [{ "value": bo }] }]),
            Ok((0, vec![MemberChange::Remove(vec![UserId(bo)])])),
        ),
        (
            json!([{ "op": "Remove", "path": "members", "value": [] }]),
            Ok((0, vec![MemberChange::Remove(vec![])])),
        ),
        (json!([{ "op": "Remove", "path": "members" }]), Ok((0, vec![MemberChange::Set(vec![])]))),
        (
            json!([{ "op": "remove", "path": format!("members[value eq \"{anna}\" or value eq \"{bo}\"]") }]),
            Ok((0, vec![MemberChange::Remove(vec![UserId(anna), UserId(bo)])])),
        ),
        (
            json!([{ "op": "replace", "value": { "displayName": "x", "members": [{ "value": anna }] } }]),
            Ok((1, vec![MemberChange::Set(vec![UserId(anna)])])),
        ),
        (
            json!([{ "op": "add", "path": "members", "value": [{ "value": "x" }] }]),
            Err(Some(ScimType::InvalidValue)),
        ),
        (
            json!([{ "op": "remove", "path": "members[display co \"a\"]" }]),
            Err(Some(ScimType::InvalidFilter)),
        ),
        (
            json!([{ "op": "replace", "path": format!("members[value eq \"{anna}\"]"), "value": { "value": bo } }]),
            Err(Some(ScimType::Mutability)),
        ),
    ];
    for (operations, expected) in cases {
        assert_eq!(parted(operations.clone()), expected, "{operations}");
    }
}

#[test]
fn a_caller_gets_what_they_want_of_a_resource() {
    let whole = json!({
        "schemas": ["x"], "id": "7", "userName": "a", "name": { "givenName": "A", "familyName": "B" },
        "emails": [{ "value": "a@b.dk", "type": "work" }], "roles": [{ "value": "employee", "display": "Employee" }],
        ENTERPRISE_SCHEMA: { "department": "IT", "organization": "Nordby" }
    });
    let of = |attributes: Option<&[&str]>, excluded: &[&str]| {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let projection = Projection { attributes: attributes.map(names), excluded: names(excluded) };
        let Value::Object(whole) = whole.clone() else { panic!("an object") };
        Value::Object(projection.of(ResourceType::User, whole))
    };
    let mut usual = whole.clone();
    usual["roles"] = json!([{ "value": "employee" }]);
    assert_eq!(of(None, &[]), usual);
    let always = json!({ "schemas": ["x"], "id": "7" });
    assert_eq!(of(Some(&["nonsense"]), &[]), always);
    let mut some = always.clone();
    some["name"] = json!({ "givenName": "A" });
    some["emails"] = json!([{ "value": "a@b.dk" }]);
    some["roles"] = json!([{ "display": "Employee" }]);
    some[ENTERPRISE_SCHEMA] = json!({ "department": "IT" });
    let department = format!("{ENTERPRISE_SCHEMA}:department");
    assert_eq!(of(Some(&["NAME.givenname", "emails.value", "roles.display", &department]), &[]), some);
    let mut without = usual.clone();
    let members = without.as_object_mut().unwrap();
    members.remove("roles");
    members.remove(ENTERPRISE_SCHEMA);
    without["name"] = json!({ "givenName": "A" });
    assert_eq!(of(None, &["roles", "id", "name.familyName", ENTERPRISE_SCHEMA]), without);
}

#[test]
fn a_user_is_read_with_the_one_address_that_styr_keeps() {
    let read = |emails: Value| {
        let resource =
            patch::attributes(ResourceType::User, json!({ "userName": "a", "emails": emails })).unwrap();
        user::read(&resource).map(|said| said.email).map_err(|fault| ScimType::of(&fault))
    };
    let (home, work) =
        (json!({ "value": "h@b.dk", "type": "home" }), json!({ "value": "w@b.dk", "type": "work" }));
    let main = json!({ "value": "m@B.dk", "type": "home", "primary": "True" });
    let untyped = json!({ "value": "u@b.dk" });
    let cases = [
        (json!([]), None),
        (json!([home]), None),
        (json!([home, work]), Some("w@b.dk")),
        (json!([work, main]), Some("m@b.dk")),
        (json!([home, untyped]), Some("u@b.dk")),
        (json!([work, untyped]), Some("u@b.dk")),
        (json!([untyped, work]), Some("w@b.dk")),
        (json!(["u@b.dk"]), Some("u@b.dk")),
    ];
    for (emails, expected) in cases {
        assert_eq!(read(emails.clone()), Ok(expected.map(str::to_owned)), "{emails}");
    }
    assert_eq!(read(json!([{ "value": "nobody", "type": "work" }])), Err(Some(ScimType::InvalidValue)));
    let name =
        |name: &str| user::read(&Attributes::from_iter([("userName".to_owned(), name.into())])).is_ok();
    assert!(
        name("anna.b_example.com#EXT#@nordby.onmicrosoft.com")
            && !name("åse@b.dk")
            && !name(&"a".repeat(255))
    );
}
