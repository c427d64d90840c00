//! The landscape as an Excel file.

use std::io::Cursor;

use calamine::{Data, Reader as _, Xlsx};
use styr_sdk::reqwest::Method;
use styr_sdk::types;

use super::{MODEL, import};
use crate::people::{assign, client, role, user};
use crate::support::{TestApp, noon, on_both};

on_both! {
    the_landscape_is_a_file_of_what_one_sees
    the_landscape_is_a_picture_of_what_one_sees
}

async fn book(app: &TestApp, token: &str, path: &str) -> Xlsx<Cursor<Vec<u8>>> {
    let response = app.raw(Method::GET, path).bearer_auth(token).send().await.unwrap();
    assert_eq!(response.status(), 200);
    calamine::open_workbook_from_rs(Cursor::new(response.bytes().await.unwrap().to_vec())).unwrap()
}

fn rows(book: &mut Xlsx<Cursor<Vec<u8>>>, sheet: &str) -> Vec<Vec<Data>> {
    book.worksheet_range(sheet).unwrap().rows().map(<[Data]>::to_vec).collect()
}

async fn the_landscape_is_a_file_of_what_one_sees(app: &TestApp) {
    let owner = app.owner();
    let group = owner.process_group_create().body_map(|body| body.title("Buying").code("4".to_owned()));
    let group = group.send().await.unwrap().id;
    let (_, made) = import(app, MODEL).await;
    let id: uuid::Uuid = made["processes"][0]["id"].as_str().unwrap().parse().unwrap();
    let replace = owner.process_replace().id(id).if_match("*");
    let body = replace.body_map(|body| body.title("=1+1").code("4.1".to_owned()).group_id(group));
    body.send().await.unwrap();
    owner.process_publish().id(id).send().await.unwrap();
    owner.process_create().body_map(|body| body.title("A draft")).send().await.unwrap();

    let mut file = book(app, &app.owner_token, "/v1/landscape.xlsx").await;
    assert_eq!(file.sheet_names(), ["Processes", "Activities"]);
    let processes = rows(&mut file, "Processes");
    assert_eq!(processes.len(), 3, "a header and both");
    let text = |text: &str| Data::String(text.to_owned());
    assert_eq!(processes[1][..3], [text("4.1"), text("=1+1"), text("4 Buying")]);
    assert_eq!(processes[1][4], text("live"));
    assert_eq!(processes[1][7], Data::Float(1.0));
    let Data::DateTime(published) = &processes[1][8] else { panic!("no date: {:?}", processes[1][8]) };
    assert_eq!(published.as_datetime().unwrap().and_utc(), noon());
    let activities = rows(&mut file, "Activities");
    let names: Vec<_> = activities[1..].iter().map(|row| row[3].clone()).collect();
    assert_eq!(names, [text("Ask for it"), text("Decide")]);

    let reader = user(app, "reader", None).await;
    assign(app, reader, role(app, "employee").await).await;
    let token = client(app, reader).await.1.secret;
    let mut file = book(app, &token, "/v1/landscape.xlsx").await;
    assert_eq!(rows(&mut file, "Processes").len(), 2, "no drafts of others");
    let unknown = app.raw(Method::GET, &format!("/v1/landscape.xlsx?group_id={}", uuid::Uuid::nil()));
    assert_eq!(unknown.bearer_auth(&token).send().await.unwrap().status(), 404);
    let mut file = book(app, &token, "/v1/landscape.xlsx?state=frozen").await;
    assert_eq!(rows(&mut file, "Processes").len(), 1);
}

async fn the_landscape_is_a_picture_of_what_one_sees(app: &TestApp) {
    let owner = app.owner();
    let group = owner.process_group_create().body_map(|body| body.title("Buying").code("4".to_owned()));
    let group = group.send().await.unwrap().id;
    let body = |body: types::builder::ProcessBody| body.title("Order <paper>").group_id(group);
    owner.process_create().body_map(body).send().await.unwrap();
    let picture = async |token: &str, path: String| {
        let response = app.raw(Method::GET, &path).bearer_auth(token).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    };
    let (status, svg) = picture(&app.owner_token, "/v1/landscape.svg".to_owned()).await;
    assert_eq!(status, 200, "{svg}");
    assert!(svg.contains("Buying") && svg.contains("Order") && !svg.contains("<paper>"), "{svg}");
    let reader = user(app, "reader", None).await;
    assign(app, reader, role(app, "employee").await).await;
    let token = client(app, reader).await.1.secret;
    let (_, svg) = picture(&token, format!("/v1/landscape.svg?group_id={group}")).await;
    assert!(svg.contains("Buying") && !svg.contains("Order"), "no drafts of others: {svg}");
    let (status, _) = picture(&app.stranger_token, format!("/v1/landscape.svg?group_id={group}")).await;
    assert_eq!(status, 404);
}
