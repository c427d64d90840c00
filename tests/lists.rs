//! What a list shows somebody is what they may get, one by one: for random callers of a random account.

use std::collections::BTreeSet;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};
use styr_sdk::reqwest::Method;

use crate::support::{TestApp, answer, on_both};

on_both! {
    a_list_shows_what_may_be_got
}

/// Each list, whose things are got at its address and their id, and what one of them is called.
const LISTS: [(&str, &str); 11] = [
    ("/v1/processes", "process"),
    ("/v1/activities", "activity"),
    ("/v1/process-groups", "process group"),
    ("/v1/drawings", "drawing"),
    ("/v1/forms", "form"),
    ("/v1/workflows", "workflow"),
    ("/v1/users", "user"),
    ("/v1/groups", "group"),
    ("/v1/cases", "case"),
    ("/v1/tasks", "task"),
    ("/v1/submissions", "submission"),
];

/// Each list whose things a search finds by a word that all of their titles share.
const SEARCHES: [(&str, &str); 2] = [
    ("/v1/processes", "/v1/landscape/search?q=proc&kind=process"),
    ("/v1/process-groups", "/v1/landscape/search?q=branch&kind=process_group"),
];

/// Rights that open something of what the lists show.
const RIGHTS: [&str; 24] = [
    "admin.enter",
    "admin.enter",
    "admin.enter",
    "process.manage_all",
    "process.create",
    "form.edit",
    "form.edit_shared",
    "form.manage",
    "workflow.edit",
    "workflow.edit_shared",
    "user.search",
    "user.manage",
    "user.manage_local",
    "role.assign",
    "group.manage",
    "group.manage_shared",
    "case.search_own",
    "case.search_groups",
    "case.search_involved",
    "case.search_all",
    "submission.see",
    "submission.create",
    "case.start",
    "lockdown.enter",
];

struct Account<'a> {
    app: &'a TestApp,
    random: StdRng,
    organisations: Vec<String>,
    branches: Vec<String>,
    drawings: Vec<String>,
    users: Vec<String>,
    groups: Vec<String>,
}

fn id(made: &Value) -> String {
    made["id"].as_str().unwrap_or_else(|| panic!("no id in {made}")).to_owned()
}

impl Account<'_> {
    async fn send(&self, method: Method, path: &str, body: Value) -> Value {
        let request = self.app.raw(method, path).bearer_auth(&self.app.owner_token).header("If-Match", "*");
        let (status, made) = answer(request.json(&body)).await;
        assert!(status.is_success(), "{path}: {status} {made}");
        made
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        self.send(Method::POST, path, body).await
    }

    fn one(&mut self, of: &[String]) -> String {
        of.choose(&mut self.random).cloned().expect("some")
    }

    fn some(&mut self, of: &[String], most: usize) -> Vec<String> {
        let count = self.random.random_range(0..=most);
        of.sample(&mut self.random, count).cloned().collect()
    }

    fn maybe(&mut self, of: &[String]) -> Option<String> {
        self.random.random_ratio(2, 3).then(|| self.one(of))
    }

    async fn people(&mut self) {
        for number in 0..4 {
            let parent_id = self.organisations.last().filter(|_| number % 2 == 1).cloned();
            let mut body = json!({ "name": format!("Organisation {number}"), "hides_cases": number > 1 });
            if let Some(parent) = parent_id {
                body["parent_id"] = json!(parent);
            }
            let made = self.post("/v1/organisations", body).await;
            self.organisations.push(id(&made));
            let mut body = json!({ "title": format!("Branch {number}") });
            if let Some(parent) = self.branches.last().filter(|_| number % 2 == 1) {
                body["parent_id"] = json!(parent);
            }
            let made = self.post("/v1/process-groups", body).await;
            self.branches.push(id(&made));
        }
        for number in 0..10 {
            let licence = *["starter", "basic", "pro", "pro"].choose(&mut self.random).expect("some");
            let organisation = self.one(&self.organisations.clone());
            let body = json!({
                "name": format!("User {number}"), "email": format!("user{number}@example.org"), "licence": licence,
                "organisation_id": organisation, "external": self.random.random_ratio(1, 6),
            });
            let made = self.post("/v1/users", body).await;
            self.users.push(id(&made));
        }
        for number in 0..3 {
            let mut body = json!({ "name": format!("Group {number}") });
            if let Some(organisation) = self.maybe(&self.organisations.clone()) {
                body["organisation_id"] = json!(organisation);
            }
            let group = id(&self.post("/v1/groups", body).await);
            for user in self.some(&self.users.clone(), 4) {
                let path = format!("/v1/groups/{group}/members");
                self.post(&path, json!({ "user_id": user })).await;
            }
            self.groups.push(group);
        }
    }

    async fn rights(&mut self) {
        for number in 0..8 {
            let rights: BTreeSet<&str> = RIGHTS.sample(&mut self.random, 5).copied().collect();
            let role =
                self.post("/v1/roles", json!({ "name": format!("Role {number}"), "rights": rights })).await;
            for user in self.some(&self.users.clone(), 4) {
                let mut body = json!({ "role_id": id(&role) });
                match self.maybe(&self.organisations.clone()) {
                    Some(organisation) => body["organisation_id"] = json!(organisation),
                    None => body["reach"] = json!("account"),
                }
                self.post(&format!("/v1/users/{user}/roles"), body).await;
            }
        }
        for number in 0..2 {
            let branches = self.some(&self.branches.clone(), 2);
            let mut body =
                json!({ "name": format!("Permissions {number}"), "rights": ["process.manage_all"] });
            if !branches.is_empty() {
                body["process_group_ids"] = json!(branches);
            }
            let group = id(&self.post("/v1/permission-groups", body).await);
            for user in self.some(&self.users.clone(), 3) {
                let path = format!("/v1/permission-groups/{group}/members");
                self.post(&path, json!({ "user_id": user })).await;
            }
        }
        let branches = self.some(&self.branches.clone(), 2);
        let drawings = self.some(&self.drawings.clone(), 2);
        let body = json!({ "name": "Profile", "process_group_ids": branches, "drawing_ids": drawings });
        let profile = id(&self.post("/v1/profiles", body).await);
        for user in self.some(&self.users.clone(), 4) {
            let path = format!("/v1/users/{user}/profile");
            self.send(Method::PUT, &path, json!({ "profile_id": profile })).await;
        }
        for _ in 0..3 {
            let pair: Vec<_> = self.users.sample(&mut self.random, 2).cloned().collect();
            let body = json!({ "substitute_user_id": pair[1], "ends_at": "2026-07-01T00:00:00Z" });
            self.post(&format!("/v1/users/{}/substitutes", pair[0]), body).await;
        }
    }

    async fn things(&mut self) {
        for number in 0..12 {
            let mut body = json!({
                "title": format!("Process {number}"), "owner_id": self.one(&self.users.clone()),
                "visibility": if self.random.random() { "public" } else { "private" },
                "editor_ids": self.some(&self.users.clone(), 2), "member_ids": self.some(&self.users.clone(), 3),
            });
            if let Some(branch) = self.maybe(&self.branches.clone()) {
                body["group_id"] = json!(branch);
            }
            let process = id(&self.post("/v1/processes", body).await);
            if number % 3 > 0 {
                let owner = self.one(&self.users.clone());
                let body = json!({ "title": format!("Activity {number}"), "owner_id": owner });
                let activity = id(&self.post("/v1/activities", body).await);
                let nodes = json!([{ "id": "do", "type": "task", "activity_id": activity }]);
                if number % 3 == 1 {
                    let path = format!("/v1/processes/{process}/flow");
                    self.send(Method::PUT, &path, json!({ "nodes": nodes })).await;
                }
            }
            for step in ["publish", "freeze"] {
                if self.random.random_ratio(2, 3) {
                    let path = format!("/v1/processes/{process}/{step}");
                    let request = self.app.raw(Method::POST, &path).bearer_auth(&self.app.owner_token);
                    // A draft cannot be frozen; it then stays what it is.
                    answer(request.json(&json!({}))).await;
                }
            }
        }
        for number in 0..3 {
            let drawing = self.post("/v1/drawings", json!({ "title": format!("Drawing {number}") })).await;
            self.drawings.push(id(&drawing));
        }
        let fields =
            json!({ "fields": [{ "key": "note", "type": "short_text", "label": { "en": "Note" } }] });
        for number in 0..6 {
            let mut body = json!({ "title": format!("Form {number}"), "definition": fields });
            if let Some(organisation) = self.maybe(&self.organisations.clone()) {
                body["organisation_id"] = json!(organisation);
            }
            let form = id(&self.post("/v1/forms", body).await);
            if self.random.random_ratio(2, 3) {
                self.post(&format!("/v1/forms/{form}/publish"), json!({})).await;
                self.post(&format!("/v1/forms/{form}/submissions"), json!({ "values": { "note": "a" } }))
                    .await;
            }
        }
        for number in 0..8 {
            let mut target = json!({ "type": "user", "user_id": self.one(&self.users.clone()) });
            if self.random.random() {
                target = json!({ "type": "group", "group_id": self.one(&self.groups.clone()) });
            }
            let flow = json!({
                "nodes": [{ "id": "start", "type": "start_event" },
                    { "id": "do", "type": "user_task", "name": "Do", "step": { "assignee": target } },
                    { "id": "end", "type": "end_event" }],
                "sequence_flows": [{ "id": "a", "source": "start", "target": "do" }, { "id": "b", "source": "do", "target": "end" }],
            });
            let mut body = json!({ "title": format!("Workflow {number}"), "flow": flow, "external_start": self.random.random::<bool>() });
            if let Some(organisation) = self.maybe(&self.organisations.clone()) {
                body["organisation_id"] = json!(organisation);
            }
            let workflow = id(&self.post("/v1/workflows", body).await);
            if self.random.random_ratio(3, 4) {
                self.post(&format!("/v1/workflows/{workflow}/publish"), json!({})).await;
                self.post(&format!("/v1/workflows/{workflow}/activate"), json!({})).await;
                let body = json!({ "workflow_id": workflow });
                let case = id(&self.post("/v1/cases", body).await);
                if self.random.random() {
                    let body = json!({ "owner_id": self.one(&self.users.clone()) });
                    self.post(&format!("/v1/cases/{case}/change-owner"), body).await;
                }
            }
        }
    }

    /// Everything that a list shows a caller, page after page; none when they may not list at all.
    async fn all(&self, token: &str, path: &str) -> Option<BTreeSet<String>> {
        let mut found = BTreeSet::new();
        let mut cursor = None;
        let mark = if path.contains('?') { '&' } else { '?' };
        loop {
            let mut address = format!("{path}{mark}limit=3");
            if let Some(cursor) = &cursor {
                address += &format!("&cursor={cursor}");
            }
            let (status, page) = answer(self.app.raw(Method::GET, &address).bearer_auth(token)).await;
            if status.as_u16() == 403 {
                return None;
            }
            assert_eq!(status.as_u16(), 200, "{path}: {page}");
            found.extend(page["items"].as_array().expect("items").iter().map(id));
            cursor = page["next_cursor"].as_str().map(str::to_owned);
            if cursor.is_none() {
                return Some(found);
            }
        }
    }
}

async fn a_list_shows_what_may_be_got(app: &TestApp) {
    let mut shown = 0;
    let mut hidden = 0;
    let random = StdRng::seed_from_u64(19);
    let nothing = Vec::new;
    let (organisations, branches, users, groups) = (nothing(), nothing(), nothing(), nothing());
    let drawings = nothing();
    let mut account = Account { app, random, organisations, branches, drawings, users, groups };
    account.people().await;
    account.things().await;
    account.rights().await;
    let mut everything = Vec::new();
    for (path, _) in LISTS {
        everything.push(account.all(&app.owner_token, path).await.expect("the owner sees all"));
    }
    let mut tokens = Vec::new();
    for user in account.users.clone() {
        let mut body = json!({ "name": "Test", "user_id": user });
        if account.random.random_ratio(1, 5) {
            body["scopes"] = json!(["process.see", "form.see", "workflow.see", "task.work"]);
        }
        let made =
            answer(app.raw(Method::POST, "/v1/tokens").bearer_auth(&app.owner_token).json(&body)).await.1;
        // One with scopes that the user does not hold is refused.
        tokens.extend(made["secret"].as_str().map(|secret| (user, secret.to_owned())));
    }
    for locked in [None, Some(2)] {
        if let Some(index) = locked {
            let path = format!("/v1/organisations/{}/lockdown", account.organisations[index]);
            account.post(&path, json!({})).await;
        }
        for (user, token) in &tokens {
            for (list, search) in SEARCHES {
                let (listed, found) = (account.all(token, list).await, account.all(token, search).await);
                assert_eq!(listed, found, "{user}, {locked:?}: {search}");
            }
            for ((path, name), everything) in LISTS.iter().zip(&everything) {
                let listed = account.all(token, path).await.unwrap_or_default();
                let beyond = listed.iter().find(|id| !everything.contains(*id));
                assert!(beyond.is_none(), "{name} {beyond:?} is not of this account");
                for id in everything {
                    let address = format!("{path}/{id}");
                    let (status, said) = answer(app.raw(Method::GET, &address).bearer_auth(token)).await;
                    let own = *name == "user" && id == user; // everybody sees themself, list or no list
                    assert!(
                        (status.as_u16() == 200) == listed.contains(id) || own,
                        "{user}, {locked:?}: {name} {id} is {} and got {status}: {said}",
                        if listed.contains(id) { "listed" } else { "not listed" },
                    );
                    if status.as_u16() == 200 { shown += 1 } else { hidden += 1 }
                }
            }
        }
    }
    assert!(shown > 200 && hidden > 200, "too alike to say anything: {shown} shown, {hidden} hidden");
}
