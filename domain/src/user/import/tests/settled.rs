//! Whatever is there and whatever the file says: once it is imported, importing it again changes nothing.

use chrono::TimeDelta;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;

const PLACES: [OrganisationId; 4] = [ROOT, SCHOOL, LIBRARY, MUSEUM];

prop_compose! {
    fn any_user(number: u128)(
        key in proptest::option::of(Just(number.to_string())),
        organisation_id in select(&PLACES[..]),
        provenance in select(&[Provenance::Hand, Provenance::Import, Provenance::Scim][..]),
        active in any::<bool>(),
        (owner, erased) in (prop::bool::weighted(0.1), prop::bool::weighted(0.1)),
        title in proptest::option::of(select(&["Leder", "Lærer"][..])),
    ) -> User {
        let email = format!("a{number}@x.dk");
        User {
            organisation_id,
            provenance,
            active: owner || (active && !erased),
            owner,
            anonymized_at: (erased && !owner).then(now),
            title: title.map(str::to_owned),
            ..user(number, key.as_deref(), &email)
        }
    }
}

prop_compose! {
    fn any_assignment(number: u128)(
        holder in 0_u128..6,
        role in select(&[EMPLOYEE, SYSTEM, READER][..]),
        place in proptest::option::of(select(&PLACES[..])),
        provenance in select(&[Provenance::Hand, Provenance::Import][..]),
        hours in proptest::option::of(-2_i64..3),
    ) -> RoleAssignment {
        RoleAssignment {
            provenance,
            expires_at: hours.map(|hours| now() + TimeDelta::hours(hours)),
            ..assignment(number, &user(holder, None, "x@x.dk"), role, place)
        }
    }
}

fn any_line() -> impl Strategy<Value = String> {
    let place = select(&["", "Nordby", "Nordby/Skole", "Nordby/Skole/Bibliotek", "Nordby/Museum"][..]);
    let roles = select(
        &["", "employee", "reader|employee", "system_administrator", "reader@*|reader@Nordby/Skole"][..],
    );
    let until =
        select(&["", "2026-06-01T11:00:00Z", "2026-06-01T12:00:00Z", "2026-06-01T13:00:00.123456789Z"][..]);
    (0..8_u32, 0..8_u32, place, roles, until, select(&["", "yes", "no"][..])).prop_map(
        |(key, address, place, roles, until, active)| {
            format!("{key},Somebody,A{address}@x.dk,{place},{roles},{until},{active}")
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_second_import_changes_nothing(
        users in (any_user(0), any_user(1), any_user(2), any_user(3), any_user(4), any_user(5)),
        assignments in (any_assignment(0), any_assignment(1), any_assignment(2), any_assignment(3)),
        lines in proptest::collection::vec(any_line(), 0..6),
        everywhere in any::<bool>(),
    ) {
        let users = vec![users.0, users.1, users.2, users.3, users.4, users.5];
        let (a, b, c, d) = assignments;
        let mut present = nordby(users, vec![a, b, c, d]);
        let file = format!("external_id,name,email,organisation,roles,roles_expire_at,active\n{}\n", lines.join("\n"));
        let Ok(file) = read_text(&file) else { return Ok(()) };
        let actor = if everywhere { anyone() } else { local() };
        let mut next = 1000;
        let mut again = |present: &Present| {
            let mut new_id = || { next += 1; Uuid::from_u128(next) };
            plan(&actor, &file, present, settings(), &reach, &mut new_id)
        };
        let before = present.clone();
        let Ok(first) = again(&present) else { return Ok(()) };
        apply(&mut present, &first);

        // What holds of any outcome.
        let mut keys = std::collections::HashSet::new();
        for user in present.users.iter().filter(|user| user.anonymized_at.is_none()) {
            prop_assert!(user.external_id.as_ref().is_none_or(|key| keys.insert(key.clone())));
            prop_assert!(keys.insert(email_key(user.email.as_deref().unwrap())));
            prop_assert!(user.active || !user.owner);
        }
        for old in &before.users {
            let new = present.users.iter().find(|user| user.id == old.id).unwrap();
            prop_assert!(old.anonymized_at.is_none() || old == new);
            if !everywhere && matches!(old.organisation_id, ROOT | MUSEUM) {
                prop_assert_eq!(old, new);
            }
            let named = file.people.iter().any(|person| Some(&person.external_id) == new.external_id.as_ref());
            prop_assert!(named || old.provenance == Provenance::Import || old == new);
        }

        let second = again(&present).unwrap();
        prop_assert!(second.is_empty(), "{:?}", second.changes);
    }
}
