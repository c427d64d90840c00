//! The municipality to try things in, which `styr serve --demo` fills an empty database with.
//!
//! All of it is made by the use cases that requests call, as the people who would make it, so that it has everything
//! that what is made by requests has: events, versions, search terms.

mod forms;
mod landscape;
mod people;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use serde_json::{Map, Value, json};
use styr_domain::access::{Actor, Licence, ProcessVisibility, Requirement, RoleAssignment};
use styr_domain::case::Case;
use styr_domain::flow::{Assignee, AssigneeKind, Flow, UserStep};
use styr_domain::form::FormDefinition;
use styr_domain::id::{
    AccountId, CaseId, FormId, GroupId, OrganisationId, ProcessGroupId, TaskId, UserId, WorkflowId,
};
use styr_domain::privacy::{Retention, RetentionStart, RetentionTarget};
use styr_domain::user::User;
use styr_domain::{Fault, Language};
use styr_persistence::{get, user as users};
use zeroize::Zeroizing;

use self::landscape::{Drawing, Fate, GROUPS, HOME_HELP, LEAVE, PROCESSES, Sketch};
use self::people::{ORGANISATIONS, PEOPLE, PERSONAS, Part, Person};
use super::access::{Place, assign};
use super::account::{self, OrganisationInput};
use super::context::{Ctx, IfMatch, RequestInfo};
use super::form::FormInput;
use super::privacy::rule::{self, RuleInput};
use super::process::version::Publishing;
use super::process::{self, ProcessInput, group::ProcessGroupInput};
use super::token::TokenInput;
use super::user::{GroupInput, UserInput};
use super::workflow::WorkflowInput;
use super::{App, Result, case, form, token, user, workflow};

/// The name of the municipality.
pub const NAME: &str = "Nordby Kommune";

/// Somebody to try Styr as.
pub struct Persona {
    /// Their name.
    pub name: &'static str,
    /// What they are to Styr.
    pub part: &'static str,
    /// What to try as them.
    pub to_try: &'static str,
    /// Their token; none for the owner, who has one since the first start.
    pub token: Option<Zeroizing<String>>,
}

/// Fills a new account with the municipality, and answers whom to try it as.
///
/// # Errors
/// The database fails. What was made until then stays.
pub async fn fill(app: &App, account_id: AccountId) -> Result<Vec<Persona>> {
    let owner = users::owner(&app.store().read(), account_id).await?.ok_or_else(Fault::not_found)?;
    let mut demo = Demo::new(app, &owner).await?;
    demo.organisations().await?;
    demo.people(&owner).await?;
    demo.landscape().await?;
    let home_help = demo.home_help().await?;
    let leave = demo.leave().await?;
    demo.cases_of_home_help(home_help).await?;
    demo.cases_of_leave(leave).await?;
    demo.retention().await?;
    demo.personas().await
}

/// What has been made so far, by the names that the content uses.
struct Demo<'a> {
    app: &'a App,
    request: Arc<RequestInfo>,
    owner: Arc<Actor>,
    organisations: BTreeMap<&'static str, OrganisationId>,
    users: BTreeMap<&'static str, UserId>,
    groups: BTreeMap<&'static str, GroupId>,
}

fn known<T: Copy>(by_name: &BTreeMap<&'static str, T>, name: &str) -> Result<T> {
    Ok(by_name.get(name).copied().ok_or_else(Fault::not_found)?)
}

fn values(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(values) => values,
        _ => Map::new(),
    }
}

impl<'a> Demo<'a> {
    async fn new(app: &'a App, owner: &User) -> Result<Self> {
        let actor = user::actor_of(&app.store().read(), owner, app.store().ambient().now()).await?;
        let request = RequestInfo {
            id: "demo".to_owned(),
            language: Language::Da,
            idempotency: None,
            rate: OnceLock::new(),
        };
        Ok(Self {
            app,
            request: Arc::new(request),
            owner: Arc::new(actor),
            organisations: BTreeMap::from([(NAME, owner.organisation_id)]),
            users: BTreeMap::from([(people::OWNER, owner.id)]),
            groups: BTreeMap::new(),
        })
    }

    fn ctx<R: Requirement>(&self, actor: &Arc<Actor>) -> Result<Ctx<R>> {
        Ok(Ctx::new(self.app.clone(), Arc::clone(actor), Arc::clone(&self.request))?)
    }

    fn as_owner<R: Requirement>(&self) -> Result<Ctx<R>> {
        self.ctx(&self.owner)
    }

    /// A person, with the rights that they have by now.
    async fn actor(&self, email: &str) -> Result<Arc<Actor>> {
        let read = self.app.store().read();
        let user: User = get(&read, self.owner.account_id, known(&self.users, email)?).await?;
        Ok(Arc::new(user::actor_of(&read, &user, self.app.store().ambient().now()).await?))
    }

    async fn organisations(&mut self) -> Result<()> {
        account::replace_account(
            &self.as_owner()?,
            &IfMatch::Any,
            NAME.to_owned(),
            Some("Anonymiseret".to_owned()),
        )
        .await?;
        let root = known(&self.organisations, NAME)?;
        let organisation = |name: &str, parent_id| OrganisationInput {
            name: name.to_owned(),
            parent_id,
            hides_cases: false,
        };
        account::replace(&self.as_owner()?, root, &IfMatch::Any, organisation(NAME, None)).await?;
        for (name, above) in ORGANISATIONS {
            let above = known(&self.organisations, above)?;
            let made = account::create(&self.as_owner()?, organisation(name, Some(above))).await?;
            self.organisations.insert(name, made.id);
        }
        Ok(())
    }

    async fn people(&mut self, owner: &User) -> Result<()> {
        for (name, description, organisation) in people::GROUPS {
            let organisation_id = organisation.map(|name| known(&self.organisations, name)).transpose()?;
            let (name_of, description) = ((*name).to_owned(), (*description).to_owned());
            let input = GroupInput { organisation_id, name: name_of, description };
            self.groups.insert(name, user::create_group(&self.as_owner()?, input).await?.id);
        }
        for person in PEOPLE {
            self.person(owner, person).await?;
        }
        Ok(())
    }

    async fn person(&mut self, owner: &User, person: &'static Person) -> Result<()> {
        let Person { name, email, organisation, title, person_number, part, groups } = person;
        let input = UserInput {
            organisation_id: Some(known(&self.organisations, organisation)?),
            name: (*name).to_owned(),
            email: (*email).to_owned(),
            phone: None,
            title: Some((*title).to_owned()),
            person_number: person_number.map(str::to_owned),
            external_id: None,
            licence: Some(match part {
                Part::Owner | Part::Staff("system_administrator" | "local_administrator") => Licence::Pro,
                _ => Licence::Basic,
            }),
            external: Some(*part == Part::External),
        };
        if *part == Part::Owner {
            user::replace(&self.as_owner()?, owner.id, &IfMatch::Any, input).await?;
            return Ok(());
        }
        let id = user::create(&self.as_owner()?, input).await?.id;
        self.users.insert(email, id);
        match *part {
            Part::Owner => {}
            Part::Staff(role) => {
                self.assign(id, role, Place::Usual).await?;
            }
            Part::StaffAlso(role, also) => {
                self.assign(id, role, Place::Usual).await?;
                self.assign(id, role, Place::Organisation(known(&self.organisations, also)?)).await?;
            }
            Part::External => {
                self.assign(id, "external_mitid_user", Place::Usual).await?;
            }
            Part::Former => {
                user::deactivate(&self.as_owner()?, id).await?;
            }
        }
        for group in *groups {
            user::add_member(&self.as_owner()?, known(&self.groups, group)?, id).await?;
        }
        Ok(())
    }

    async fn assign(&self, user: UserId, role: &str, place: Place) -> Result<RoleAssignment> {
        let read = self.app.store().read();
        let role = styr_persistence::access::role_by_api_name(&read, self.owner.account_id, role).await?;
        assign(&self.as_owner()?, user, role.ok_or_else(Fault::not_found)?.id, place, None).await
    }

    async fn landscape(&self) -> Result<()> {
        let mut groups = BTreeMap::<&str, ProcessGroupId>::new();
        for (position, (code, title)) in (0..).zip(GROUPS) {
            let parent_id = code.rsplit_once('.').and_then(|(above, _)| groups.get(above).copied());
            let (code_of, title) = (Some((*code).to_owned()), (*title).to_owned());
            let input = ProcessGroupInput { parent_id, code: code_of, title, position };
            groups.insert(code, process::group::create(&self.as_owner()?, input).await?.id);
        }
        for Sketch { group, code, title, purpose, fate, drawing } in PROCESSES {
            let input = ProcessInput {
                group_id: Some(known(&groups, group)?),
                code: Some((*code).to_owned()),
                title: (*title).to_owned(),
                purpose: (*purpose).to_owned(),
                visibility: match fate {
                    Fate::Draft => ProcessVisibility::Private,
                    Fate::Live | Fate::Frozen => ProcessVisibility::Public,
                },
                owner_id: None,
                editor_ids: BTreeSet::from([known(&self.users, people::SYSTEM_ADMINISTRATOR)?]),
                member_ids: Some(BTreeSet::from([known(&self.users, people::CASE_WORKER)?])),
                label_ids: None,
                component_ids: None,
            };
            let id = process::create(&self.as_owner()?, input).await?.process.id;
            process::flow::replace(&self.as_owner()?, id, &IfMatch::Any, drawing.flow()).await?;
            if *fate != Fate::Draft {
                let publishing = Publishing {
                    note: Some("Godkendt af direktionen".to_owned()),
                    new_edition: true,
                    notify: false,
                };
                process::version::publish(&self.as_owner()?, id, publishing).await?;
            }
            if *fate == Fate::Frozen {
                process::version::set_frozen(&self.as_owner()?, id, true).await?;
            }
        }
        Ok(())
    }

    /// Makes and publishes a form as somebody.
    async fn form(
        &self,
        actor: &Arc<Actor>,
        organisation_id: Option<OrganisationId>,
        title: &str,
        definition: FormDefinition,
    ) -> Result<FormId> {
        let (title, description) = (title.to_owned(), String::new());
        let input = FormInput { organisation_id, title, description, definition: Some(definition) };
        let id = form::create(&self.ctx(actor)?, input).await?.form.id;
        form::publish(&self.ctx(actor)?, id, None).await?;
        Ok(id)
    }

    /// Makes, publishes and opens a workflow of a drawing as somebody. The steps are for the drawing's tasks in their
    /// order; the way labelled with a yes is taken on the condition, and the one labelled with a no otherwise.
    async fn workflow(
        &self,
        actor: &Arc<Actor>,
        drawing: &Drawing,
        steps: [UserStep; 3],
        condition: &str,
        input: WorkflowInput,
    ) -> Result<WorkflowId> {
        let mut flow: Flow = drawing.flow();
        let tasks = flow.nodes.iter_mut().filter(|node| node.kind.is_task());
        for (node, step) in tasks.zip(steps) {
            node.step = Some(step);
        }
        if let Some(yes) = flow.sequence_flows.iter_mut().find(|way| way.name.as_deref() == Some("Ja")) {
            yes.condition = Some(condition.to_owned());
        }
        if let Some(no) = flow.sequence_flows.iter().find(|way| way.name.as_deref() == Some("Nej"))
            && let Some(gateway) = flow.nodes.iter_mut().find(|node| node.id == no.source)
        {
            gateway.default_flow = Some(no.id.clone());
        }
        let input = WorkflowInput { flow: Some(flow), ..input };
        let id = workflow::create(&self.ctx(actor)?, input).await?.workflow.id;
        workflow::publish(&self.ctx(actor)?, id, None).await?;
        workflow::set_active(&self.ctx(actor)?, id, true).await?;
        Ok(id)
    }

    fn step(&self, form_id: Option<FormId>, group: Option<&str>) -> Result<UserStep> {
        let Some(group) = group else { return Ok(UserStep { form_id, ..UserStep::default() }) };
        let group_id = Some(known(&self.groups, group)?);
        let assignee = Some(Assignee { kind: AssigneeKind::Group, group_id, user_id: None });
        Ok(UserStep { form_id, assignee, may_send_back: Some(true) })
    }

    async fn home_help(&self) -> Result<WorkflowId> {
        let owner = &self.owner;
        let application = self.form(owner, None, "Ansøgning om hjemmehjælp", forms::application()).await?;
        let decision = self.form(owner, None, "Afgørelse om hjemmehjælp", forms::decision()).await?;
        let steps = [
            self.step(Some(application), None)?,
            self.step(Some(decision), Some(people::ASSESSMENT))?,
            self.step(None, Some(people::PLANNING))?,
        ];
        let input = WorkflowInput {
            organisation_id: None,
            title: "Søg om hjemmehjælp".to_owned(),
            description: "For borgere, og for medarbejdere på deres vegne.".to_owned(),
            external_start: true,
            flow: None,
        };
        self.workflow(owner, &HOME_HELP, steps, "decision == \"granted\"", input).await
    }

    /// The school's own, made by its administrator.
    async fn leave(&self) -> Result<WorkflowId> {
        let actor = &self.actor(people::LOCAL_ADMINISTRATOR).await?;
        let school = Some(known(&self.organisations, people::SCHOOL)?);
        let wish = self.form(actor, school, "Ønske om ferie", forms::leave()).await?;
        let approval = self.form(actor, school, "Svar på ønske om ferie", forms::approval()).await?;
        let steps = [
            self.step(Some(wish), None)?,
            self.step(Some(approval), Some(people::SCHOOL_LEADERS))?,
            self.step(None, Some(people::STAFF_OFFICE))?,
        ];
        let input = WorkflowInput {
            organisation_id: school,
            title: "Ønsk ferie".to_owned(),
            description: "For skolens medarbejdere.".to_owned(),
            external_start: false,
            flow: None,
        };
        self.workflow(actor, &LEAVE, steps, "approved && days > 10", input).await
    }

    /// Starts a case as somebody, and answers it with its first task, which is theirs.
    async fn start(&self, email: &str, workflow: WorkflowId, title: &str) -> Result<(Case, TaskId)> {
        let actor = self.actor(email).await?;
        let started = case::start(&self.ctx(&actor)?, workflow, Some(title.to_owned())).await?;
        Ok((started.case, first(&started.open_tasks)?))
    }

    /// Finishes a task as somebody, and answers the one that follows, if one does.
    async fn complete(&self, email: &str, task: TaskId, filled_in: Option<Value>) -> Result<Option<TaskId>> {
        let actor = self.actor(email).await?;
        let done = case::complete(&self.ctx(&actor)?, task, filled_in.map(values)).await?;
        Ok(done.next_tasks.first().map(|task| task.id))
    }

    /// Claims a task as somebody and finishes it.
    async fn handle(
        &self,
        email: &str,
        task: Option<TaskId>,
        filled_in: Option<Value>,
    ) -> Result<Option<TaskId>> {
        let task = task.ok_or_else(Fault::not_found)?;
        case::claim(&self.ctx(&self.actor(email).await?)?, task).await?;
        self.complete(email, task, filled_in).await
    }

    async fn save(&self, email: &str, task: TaskId, filled_in: Value) -> Result<()> {
        let ctx = self.ctx(&self.actor(email).await?)?;
        case::save_draft(&ctx, task, &IfMatch::Any, values(filled_in)).await?;
        Ok(())
    }

    async fn park(&self, email: &str, id: CaseId) -> Result<()> {
        case::park(&self.ctx(&self.actor(email).await?)?, id).await?;
        Ok(())
    }

    async fn cases_of_home_help(&self, workflow: WorkflowId) -> Result<()> {
        let refusal = json!({"decision": "refused", "grounds": "Ægtefællen kan stå for rengøringen."});
        let grant = json!({"decision": "granted", "hours": "3.50", "grounds": "Nedsat kraft efter et brud på hoften."});
        let helping = people::CITIZEN_WORKER;

        let (_, task) = self.start(helping, workflow, "Hjemmehjælp til Poul Friis").await?;
        let next = self
            .complete(helping, task, Some(application("Poul Friis", "241145-1841", "Brud på hoften.")))
            .await?;
        let next = self.handle(people::CASE_WORKER, next, Some(grant)).await?;
        self.handle(people::PLANNER, next, None).await?;

        let (_, task) = self.start(helping, workflow, "Hjemmehjælp til Else Riis").await?;
        let next = self
            .complete(helping, task, Some(application("Else Riis", "280248-0110", "Dårlig ryg.")))
            .await?;
        self.handle(people::CASE_WORKER, next, Some(refusal)).await?;

        let (case, task) = self.start(helping, workflow, "Hjemmehjælp til Poul Friis, mere tid").await?;
        self.save(helping, task, application("Poul Friis", "241145-1841", "Venter på lægens svar.")).await?;
        self.park(helping, case.id).await?;

        let (_, task) = self.start(people::EXTERNAL, workflow, "Hjemmehjælp til mig").await?;
        let filled_in =
            application("Birgit Ek", "050652-0217", "Jeg kan ikke løfte armene efter en operation.");
        self.complete(people::EXTERNAL, task, Some(filled_in)).await?;
        Ok(())
    }

    async fn cases_of_leave(&self, workflow: WorkflowId) -> Result<()> {
        let (_, task) = self.start(people::TEACHER, workflow, "Ferie i uge 7").await?;
        let next =
            self.complete(people::TEACHER, task, Some(json!({"first_day": "2027-02-15", "days": 5}))).await?;
        self.handle(people::LOCAL_ADMINISTRATOR, next, Some(json!({"approved": true}))).await?;

        let (_, task) = self.start(people::TEACHER, workflow, "Orlov i efteråret").await?;
        let wish = json!({"first_day": "2027-09-01", "days": 40, "remark": "Jeg vil sejle til Island."});
        let next = self.complete(people::TEACHER, task, Some(wish)).await?;
        self.handle(people::LOCAL_ADMINISTRATOR, next, Some(json!({"approved": true}))).await?;

        let (case, _) = self.start(people::TEACHER, workflow, "Ferie i uge 8").await?;
        case::cancel(&self.ctx(&self.actor(people::LOCAL_ADMINISTRATOR).await?)?, case.id).await?;

        let (_, task) = self.start(people::EMPLOYEE, workflow, "Sommerferie").await?;
        self.save(people::EMPLOYEE, task, json!({"first_day": "2027-07-05"})).await
    }

    async fn retention(&self) -> Result<()> {
        for (name, applies_to, starts_at, days) in [
            ("Sager, fem år efter afslutning", RetentionTarget::Case, RetentionStart::Completion, 1826),
            ("Brugere, et år efter fratræden", RetentionTarget::User, RetentionStart::Deactivation, 365),
        ] {
            let retention = Retention { applies_to, starts_at, days };
            let input = RuleInput { name: name.to_owned(), retention, active: true, automatic: true };
            rule::create(&self.as_owner()?, input).await?;
        }
        Ok(())
    }

    async fn personas(&self) -> Result<Vec<Persona>> {
        let mut personas = Vec::with_capacity(PERSONAS.len());
        for &(email, part, to_try) in PERSONAS {
            let person = PEOPLE.iter().find(|person| person.email == email).ok_or_else(Fault::not_found)?;
            let token = if email == people::OWNER {
                None
            } else {
                let user_id = Some(known(&self.users, email)?);
                let input = TokenInput {
                    user_id,
                    name: "Demo".to_owned(),
                    scopes: None,
                    networks: None,
                    expires_at: None,
                };
                Some(token::create(&self.as_owner()?, input).await?.1)
            };
            personas.push(Persona { name: person.name, part, to_try, token });
        }
        Ok(personas)
    }
}

/// What somebody says who asks for home help.
fn application(name: &str, cpr: &str, need: &str) -> Value {
    json!({
        "name": name, "cpr": cpr, "phone": "70 10 20 30", "help": ["cleaning", "meals"], "need": need,
        "lives_alone": true,
    })
}

fn first(tasks: &[styr_domain::case::Task]) -> Result<TaskId> {
    Ok(tasks.first().ok_or_else(Fault::not_found)?.id)
}
