-- Words in braces are replaced for each database: {id} uuid, {time} timestamp, {bytes} blob,
-- {clustered} stores a small row inside its primary key, {bytewise} compares text by its bytes. Times are in
-- microseconds and UTC. References between an account's things hold its id, so that they cannot leave the account.

CREATE TABLE access_epoch (
    id INTEGER PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO access_epoch (id, value) VALUES (1, 1);

CREATE TABLE account (
    id {id} PRIMARY KEY,
    name TEXT NOT NULL,
    anonymized_word TEXT NOT NULL,
    locked_down_at {time},
    revision BIGINT NOT NULL,
    created_at {time} NOT NULL
);

CREATE TABLE account_key (
    id {id} PRIMARY KEY,
    account_id {id} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    version INTEGER NOT NULL,
    wrapped TEXT NOT NULL,
    created_at {time} NOT NULL
);
CREATE UNIQUE INDEX account_key_by_account ON account_key (account_id, version);

CREATE TABLE organisation (
    id {id} PRIMARY KEY,
    account_id {id} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    parent_id {id},
    name TEXT NOT NULL,
    hides_cases BOOLEAN NOT NULL,
    locked_down_at {time},
    revision BIGINT NOT NULL,
    created_at {time} NOT NULL,
    CONSTRAINT organisation_by_account UNIQUE (account_id, id),
    FOREIGN KEY (account_id, parent_id) REFERENCES organisation (account_id, id) ON DELETE RESTRICT
);
CREATE INDEX organisation_by_parent ON organisation (account_id, parent_id);

CREATE TABLE profile (
    id {id} PRIMARY KEY,
    account_id {id} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    process_group_ids TEXT,
    drawing_ids TEXT,
    revision BIGINT NOT NULL,
    created_at {time} NOT NULL,
    CONSTRAINT profile_by_account UNIQUE (account_id, id)
);

CREATE TABLE "user" (
    id {id} PRIMARY KEY,
    account_id {id} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    organisation_id {id} NOT NULL,
    name TEXT NOT NULL,
    email TEXT,
    phone TEXT,
    title TEXT,
    person_number TEXT,
    external_id TEXT,
    user_name TEXT,
    directory TEXT,
    deprovisioned_at {time},
    provenance TEXT NOT NULL,
    profile_id {id},
    licence TEXT NOT NULL,
    external BOOLEAN NOT NULL,
    owner BOOLEAN NOT NULL,
    active BOOLEAN NOT NULL,
    deactivated_at {time},
    anonymized_at {time},
    revision BIGINT NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    CONSTRAINT user_by_account UNIQUE (account_id, id),
    FOREIGN KEY (account_id, organisation_id) REFERENCES organisation (account_id, id) ON DELETE RESTRICT,
    FOREIGN KEY (account_id, profile_id) REFERENCES profile (account_id, id) ON DELETE RESTRICT
);
CREATE UNIQUE INDEX user_by_email ON "user" (account_id, lower(email));
CREATE UNIQUE INDEX user_by_user_name ON "user" (account_id, lower(user_name));
CREATE UNIQUE INDEX user_by_external_id ON "user" (account_id, external_id);
CREATE INDEX user_by_profile ON "user" (account_id, profile_id, id);
CREATE INDEX user_by_provenance ON "user" (account_id, provenance, active, id);
CREATE INDEX user_by_organisation ON "user" (account_id, organisation_id, id);
CREATE INDEX user_by_owner ON "user" (account_id, owner);
CREATE INDEX user_by_deactivation ON "user" (account_id, deactivated_at, id);

CREATE TABLE "group" (
    id {id} PRIMARY KEY,
    account_id {id} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    organisation_id {id},
    external_id TEXT,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    revision BIGINT NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    CONSTRAINT group_by_account UNIQUE (account_id, id),
    FOREIGN KEY (account_id, organisation_id) REFERENCES organisation (account_id, id) ON DELETE RESTRICT
);
CREATE UNIQUE INDEX group_by_external_id ON "group" (account_id, external_id);
CREATE UNIQUE INDEX group_by_name ON "group" (account_id, organisation_id, name);

CREATE TABLE group_member (
    account_id {id} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    group_id {id} NOT NULL,
    user_id {id} NOT NULL,
    PRIMARY KEY (account_id, group_id, user_id),
    FOREIGN KEY (account_id, group_id) REFERENCES "group" (account_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, user_id) REFERENCES "user" (account_id, id) ON DELETE CASCADE
) {clustered};
CREATE INDEX group_member_by_user ON group_member (account_id, user_id, group_id);

CREATE TABLE substitute (
    id {id} PRIMARY KEY,
    account_id {id} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    user_id {id} NOT NULL,
    substitute_user_id {id} NOT NULL,
    starts_at {time} NOT NULL,
    ends_at {time} NOT NULL,
    revision BIGINT NOT NULL,
    created_at {time} NOT NULL,
    FOREIGN KEY (account_id, user_id) REFERENCES "user" (account_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, substitute_user_id) REFERENCES "user" (account_id, id) ON DELETE CASCADE
);
CREATE INDEX substitute_by_user ON substitute (account_id, user_id, id);
CREATE INDEX substitute_by_substitute ON substitute (account_id, substitute_user_id, ends_at);

CREATE TABLE token (
    id {id} PRIMARY KEY,
    account_id {id} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    user_id {id} NOT NULL,
    name TEXT NOT NULL,
    hash {bytes} NOT NULL,
    hint TEXT NOT NULL,
    scopes TEXT,
    networks TEXT,
    previous_hash {bytes},
    previous_until {time},
    expires_at {time},
    revoked_at {time},
    last_used_at {time},
    revision BIGINT NOT NULL,
    created_at {time} NOT NULL,
    FOREIGN KEY (account_id, user_id) REFERENCES "user" (account_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX token_by_hash ON token (hash);
CREATE UNIQUE INDEX token_by_previous_hash ON token (previous_hash);
CREATE INDEX token_by_account ON token (account_id, id);
CREATE INDEX token_by_user ON token (account_id, user_id, id);

CREATE TABLE role (
    id {id} PRIMARY KEY,
    account_id {id} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    api_name TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    rights TEXT NOT NULL,
    predefined BOOLEAN NOT NULL,
    revision BIGINT NOT NULL,
    created_at {time} NOT NULL,
    CONSTRAINT role_by_account UNIQUE (account_id, id)
);
CREATE UNIQUE INDEX role_by_api_name ON role (account_id, api_name);

CREATE TABLE role_assignment (
    id {id} PRIMARY KEY,
    account_id {id} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    user_id {id} NOT NULL,
    role_id {id} NOT NULL,
    organisation_id {id},
    provenance TEXT NOT NULL,
    expires_at {time},
    created_at {time} NOT NULL,
    FOREIGN KEY (account_id, user_id) REFERENCES "user" (account_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, role_id) REFERENCES role (account_id, id) ON DELETE RESTRICT,
    FOREIGN KEY (account_id, organisation_id) REFERENCES organisation (account_id, id) ON DELETE RESTRICT
);
CREATE INDEX role_assignment_by_user ON role_assignment (account_id, user_id, id);
CREATE INDEX role_assignment_by_organisation ON role_assignment (account_id, organisation_id);
CREATE INDEX role_assignment_by_role ON role_assignment (account_id, role_id, id);

CREATE TABLE user_import (
    id {id} PRIMARY KEY,
    account_id {id} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    started_by {id},
    sha256 TEXT NOT NULL,
    with_roles BOOLEAN NOT NULL,
    organisation_ids TEXT,
    max_deactivated_percent INTEGER NOT NULL,
    counts TEXT NOT NULL,
    created_at {time} NOT NULL
);
CREATE INDEX user_import_by_account ON user_import (account_id, id);
CREATE INDEX user_import_by_starter ON user_import (account_id, started_by, id);

CREATE TABLE permission_group (
    id {id} PRIMARY KEY,
    account_id {id} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    rights TEXT NOT NULL,
    process_group_ids TEXT,
    predefined BOOLEAN NOT NULL,
    revision BIGINT NOT NULL,
    created_at {time} NOT NULL,
    CONSTRAINT permission_group_by_account UNIQUE (account_id, id)
);

CREATE TABLE permission_group_member (
    account_id {id} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    permission_group_id {id} NOT NULL,
    user_id {id} NOT NULL,
    PRIMARY KEY (account_id, permission_group_id, user_id),
    FOREIGN KEY (account_id, permission_group_id) REFERENCES permission_group (account_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, user_id) REFERENCES "user" (account_id, id) ON DELETE CASCADE
) {clustered};
CREATE INDEX permission_group_member_by_user ON permission_group_member (account_id, user_id, permission_group_id);

CREATE TABLE process_group (
    id {id} PRIMARY KEY,
    account_id {id} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    parent_id {id},
    code TEXT{bytewise},
    title TEXT NOT NULL,
    position INTEGER NOT NULL,
    revision BIGINT NOT NULL,
    created_at {time} NOT NULL,
    CONSTRAINT process_group_by_account UNIQUE (account_id, id),
    FOREIGN KEY (account_id, parent_id) REFERENCES process_group (account_id, id) ON DELETE RESTRICT
);
CREATE INDEX process_group_by_parent ON process_group (account_id, parent_id, id);
CREATE INDEX process_group_by_code ON process_group (account_id, code, id);

CREATE TABLE process (
    id {id} PRIMARY KEY,
    account_id {id} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    group_id {id},
    code TEXT{bytewise},
    title TEXT NOT NULL,
    purpose TEXT NOT NULL,
    state TEXT NOT NULL,
    visibility TEXT NOT NULL,
    owner_id {id} NOT NULL,
    version INTEGER NOT NULL,
    published_version INTEGER,
    revision BIGINT NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    CONSTRAINT process_by_account UNIQUE (account_id, id),
    FOREIGN KEY (account_id, group_id) REFERENCES process_group (account_id, id) ON DELETE RESTRICT,
    FOREIGN KEY (account_id, owner_id) REFERENCES "user" (account_id, id) ON DELETE RESTRICT
);
CREATE INDEX process_by_group ON process (account_id, group_id, id);
CREATE INDEX process_by_owner ON process (account_id, owner_id, id);
CREATE INDEX process_by_state ON process (account_id, state, id);
CREATE INDEX process_by_visibility ON process (account_id, visibility, state, id);
CREATE INDEX process_by_code ON process (account_id, code, id);
CREATE INDEX process_by_update ON process (account_id, updated_at, id);

CREATE TABLE process_role (
    id {id} PRIMARY KEY,
    account_id {id} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    merged_into_id {id},
    revision BIGINT NOT NULL,
    created_at {time} NOT NULL,
    CONSTRAINT process_role_by_account UNIQUE (account_id, id),
    FOREIGN KEY (account_id, merged_into_id) REFERENCES process_role (account_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX process_role_by_name ON process_role (account_id, name) WHERE merged_into_id IS NULL;
CREATE INDEX process_role_by_merge ON process_role (account_id, merged_into_id, id);

CREATE TABLE process_person (
    id {id} PRIMARY KEY,
    account_id {id} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    process_id {id} NOT NULL,
    user_id {id} NOT NULL,
    part TEXT NOT NULL,
    process_role_id {id},
    created_at {time} NOT NULL,
    FOREIGN KEY (account_id, process_id) REFERENCES process (account_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, user_id) REFERENCES "user" (account_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, process_role_id) REFERENCES process_role (account_id, id) ON DELETE RESTRICT
);
CREATE UNIQUE INDEX process_person_by_process ON process_person (account_id, process_id, user_id, part, process_role_id);
CREATE INDEX process_person_by_user ON process_person (account_id, user_id, process_id, part);
CREATE INDEX process_person_by_role ON process_person (account_id, process_role_id, id);

CREATE TABLE process_role_use (
    account_id {id} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    process_id {id} NOT NULL,
    process_role_id {id} NOT NULL,
    PRIMARY KEY (account_id, process_id, process_role_id),
    FOREIGN KEY (account_id, process_id) REFERENCES process (account_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, process_role_id) REFERENCES process_role (account_id, id) ON DELETE RESTRICT
) {clustered};
CREATE INDEX process_role_use_by_role ON process_role_use (account_id, process_role_id, process_id);

CREATE TABLE activity (
    id {id} PRIMARY KEY,
    account_id {id} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    title TEXT NOT NULL,
    owner_id {id} NOT NULL,
    version INTEGER NOT NULL,
    published_version INTEGER,
    revision BIGINT NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    CONSTRAINT activity_by_account UNIQUE (account_id, id),
    FOREIGN KEY (account_id, owner_id) REFERENCES "user" (account_id, id) ON DELETE RESTRICT
);
CREATE INDEX activity_by_owner ON activity (account_id, owner_id, id);

CREATE TABLE activity_use (
    account_id {id} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    process_id {id} NOT NULL,
    activity_id {id} NOT NULL,
    in_force BOOLEAN NOT NULL,
    PRIMARY KEY (account_id, process_id, activity_id),
    FOREIGN KEY (account_id, process_id) REFERENCES process (account_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, activity_id) REFERENCES activity (account_id, id) ON DELETE RESTRICT
) {clustered};
CREATE INDEX activity_use_by_activity ON activity_use (account_id, activity_id, process_id);

CREATE TABLE activity_in_force (
    account_id {id} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    activity_id {id} NOT NULL,
    process_id {id} NOT NULL,
    PRIMARY KEY (account_id, activity_id, process_id),
    FOREIGN KEY (account_id, process_id) REFERENCES process (account_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, activity_id) REFERENCES activity (account_id, id) ON DELETE RESTRICT
) {clustered};
CREATE INDEX activity_in_force_by_process ON activity_in_force (account_id, process_id);

CREATE TABLE label (
    id {id} PRIMARY KEY,
    account_id {id} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    colour TEXT,
    revision BIGINT NOT NULL,
    created_at {time} NOT NULL,
    CONSTRAINT label_by_account UNIQUE (account_id, id)
);
CREATE UNIQUE INDEX label_by_name ON label (account_id, name);

CREATE TABLE process_label (
    account_id {id} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    process_id {id} NOT NULL,
    label_id {id} NOT NULL,
    PRIMARY KEY (account_id, process_id, label_id),
    FOREIGN KEY (account_id, process_id) REFERENCES process (account_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, label_id) REFERENCES label (account_id, id) ON DELETE CASCADE
) {clustered};
CREATE INDEX process_label_by_label ON process_label (account_id, label_id, process_id);

CREATE TABLE component (
    id {id} PRIMARY KEY,
    account_id {id} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    url TEXT,
    revision BIGINT NOT NULL,
    created_at {time} NOT NULL,
    CONSTRAINT component_by_account UNIQUE (account_id, id)
);
CREATE UNIQUE INDEX component_by_name ON component (account_id, name);

CREATE TABLE process_component (
    account_id {id} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    process_id {id} NOT NULL,
    component_id {id} NOT NULL,
    PRIMARY KEY (account_id, process_id, component_id),
    FOREIGN KEY (account_id, process_id) REFERENCES process (account_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, component_id) REFERENCES component (account_id, id) ON DELETE CASCADE
) {clustered};
CREATE INDEX process_component_by_component ON process_component (account_id, component_id, process_id);

CREATE TABLE drawing (
    id {id} PRIMARY KEY,
    account_id {id} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    shapes TEXT NOT NULL,
    revision BIGINT NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL
);
CREATE INDEX drawing_by_account ON drawing (account_id, id);

CREATE TABLE comment (
    id {id} PRIMARY KEY,
    account_id {id} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    process_id {id} NOT NULL,
    element TEXT,
    activity_id {id} REFERENCES activity (id) ON DELETE SET NULL,
    author_id {id} NOT NULL,
    text TEXT NOT NULL,
    resolved_at {time},
    resolved_by {id},
    revision BIGINT NOT NULL,
    created_at {time} NOT NULL,
    FOREIGN KEY (account_id, process_id) REFERENCES process (account_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, author_id) REFERENCES "user" (account_id, id) ON DELETE RESTRICT
);
CREATE INDEX comment_by_process ON comment (account_id, process_id, id);
CREATE INDEX comment_by_author ON comment (account_id, author_id, id);
CREATE INDEX comment_by_activity ON comment (activity_id, id);
CREATE INDEX comment_by_resolution ON comment (account_id, resolved_at, id);
CREATE INDEX comment_by_account ON comment (account_id, id);

CREATE TABLE file (
    id {id} PRIMARY KEY,
    account_id {id} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    author_id {id} NOT NULL,
    created_at {time} NOT NULL,
    CONSTRAINT file_by_account UNIQUE (account_id, id),
    FOREIGN KEY (account_id, author_id) REFERENCES "user" (account_id, id) ON DELETE RESTRICT
);
CREATE INDEX file_by_author ON file (account_id, author_id, id);

CREATE TABLE file_chunk (
    account_id {id} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    file_id {id} NOT NULL,
    number INTEGER NOT NULL,
    content {bytes} NOT NULL,
    PRIMARY KEY (account_id, file_id, number),
    FOREIGN KEY (account_id, file_id) REFERENCES file (account_id, id) ON DELETE CASCADE
) {clustered};

CREATE TABLE attachment (
    id {id} PRIMARY KEY,
    account_id {id} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    process_id {id},
    activity_id {id},
    title TEXT NOT NULL,
    url TEXT,
    file_id {id},
    created_by {id} NOT NULL,
    created_at {time} NOT NULL,
    FOREIGN KEY (account_id, process_id) REFERENCES process (account_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, activity_id) REFERENCES activity (account_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, file_id) REFERENCES file (account_id, id) ON DELETE RESTRICT
);
CREATE INDEX attachment_by_process ON attachment (account_id, process_id, id);
CREATE INDEX attachment_by_activity ON attachment (account_id, activity_id, id);
CREATE INDEX attachment_by_file ON attachment (account_id, file_id);

CREATE TABLE share (
    id {id} PRIMARY KEY,
    account_id {id} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    process_id {id} NOT NULL,
    hash {bytes} NOT NULL,
    shows TEXT NOT NULL,
    expires_at {time},
    created_by {id} NOT NULL,
    created_at {time} NOT NULL,
    FOREIGN KEY (account_id, process_id) REFERENCES process (account_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX share_by_hash ON share (hash);
CREATE INDEX share_by_process ON share (account_id, process_id, id);

CREATE TABLE notification (
    id {id} PRIMARY KEY,
    account_id {id} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    user_id {id} NOT NULL,
    kind TEXT NOT NULL,
    entity TEXT NOT NULL,
    entity_id {id} NOT NULL,
    actor_id {id} NOT NULL,
    note TEXT NOT NULL,
    read_at {time},
    created_at {time} NOT NULL,
    FOREIGN KEY (account_id, user_id) REFERENCES "user" (account_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, actor_id) REFERENCES "user" (account_id, id) ON DELETE CASCADE
);
CREATE INDEX notification_by_user ON notification (account_id, user_id, id);
CREATE INDEX notification_by_reading ON notification (account_id, user_id, read_at, id);
CREATE INDEX notification_by_actor ON notification (account_id, actor_id, id);

CREATE TABLE form (
    id {id} PRIMARY KEY,
    account_id {id} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    organisation_id {id},
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    version INTEGER NOT NULL,
    published_version INTEGER,
    revision BIGINT NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    CONSTRAINT form_by_account UNIQUE (account_id, id),
    FOREIGN KEY (account_id, organisation_id) REFERENCES organisation (account_id, id) ON DELETE RESTRICT
);
CREATE INDEX form_by_organisation ON form (account_id, organisation_id, id);

CREATE TABLE workflow (
    id {id} PRIMARY KEY,
    account_id {id} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    organisation_id {id},
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    external_start BOOLEAN NOT NULL,
    process_id {id} REFERENCES process (id) ON DELETE SET NULL,
    version INTEGER NOT NULL,
    published_version INTEGER,
    revision BIGINT NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    CONSTRAINT workflow_by_account UNIQUE (account_id, id),
    FOREIGN KEY (account_id, organisation_id) REFERENCES organisation (account_id, id) ON DELETE RESTRICT
);
CREATE INDEX workflow_by_process ON workflow (process_id);
CREATE INDEX workflow_by_organisation ON workflow (account_id, organisation_id, id);

CREATE TABLE version (
    account_id {id} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    document_id {id} NOT NULL,
    number INTEGER NOT NULL,
    document TEXT NOT NULL,
    note TEXT NOT NULL,
    author_id {id} NOT NULL,
    created_at {time} NOT NULL,
    published_at {time},
    edition INTEGER,
    restored_from INTEGER,
    content TEXT NOT NULL,
    PRIMARY KEY (account_id, document_id, number)
);
CREATE INDEX version_by_author ON version (account_id, author_id);

CREATE TABLE "case" (
    id {id} PRIMARY KEY,
    account_id {id} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    organisation_id {id} NOT NULL,
    workflow_id {id} NOT NULL,
    workflow_version INTEGER NOT NULL,
    title TEXT NOT NULL,
    status TEXT NOT NULL,
    starter_id {id} NOT NULL,
    owner_id {id} NOT NULL,
    revision BIGINT NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    ended_at {time},
    anonymized_at {time},
    state TEXT NOT NULL,
    CONSTRAINT case_by_account UNIQUE (account_id, id),
    FOREIGN KEY (account_id, organisation_id) REFERENCES organisation (account_id, id) ON DELETE RESTRICT,
    FOREIGN KEY (account_id, workflow_id) REFERENCES workflow (account_id, id) ON DELETE RESTRICT,
    FOREIGN KEY (account_id, starter_id) REFERENCES "user" (account_id, id) ON DELETE RESTRICT,
    FOREIGN KEY (account_id, owner_id) REFERENCES "user" (account_id, id) ON DELETE RESTRICT
);
CREATE INDEX case_by_organisation ON "case" (account_id, organisation_id, id);
CREATE INDEX case_by_workflow ON "case" (account_id, workflow_id, id);
CREATE INDEX case_by_status ON "case" (account_id, status, id);
CREATE INDEX case_by_starter ON "case" (account_id, starter_id, id);
CREATE INDEX case_by_owner ON "case" (account_id, owner_id, id);
CREATE INDEX case_by_end ON "case" (account_id, ended_at, id);

CREATE TABLE case_party (
    account_id {id} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    case_id {id} NOT NULL,
    party_id {id} NOT NULL,
    part TEXT NOT NULL,
    PRIMARY KEY (account_id, case_id, party_id, part),
    FOREIGN KEY (account_id, case_id) REFERENCES "case" (account_id, id) ON DELETE CASCADE
) {clustered};
CREATE INDEX case_party_by_party ON case_party (account_id, party_id, case_id, part);

CREATE TABLE submission (
    id {id} PRIMARY KEY,
    account_id {id} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    organisation_id {id} NOT NULL,
    form_id {id} NOT NULL,
    form_version INTEGER NOT NULL,
    case_id {id},
    author_id {id} NOT NULL,
    revision BIGINT NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    anonymized_at {time},
    "values" TEXT NOT NULL,
    CONSTRAINT submission_by_account UNIQUE (account_id, id),
    FOREIGN KEY (account_id, organisation_id) REFERENCES organisation (account_id, id) ON DELETE RESTRICT,
    FOREIGN KEY (account_id, form_id) REFERENCES form (account_id, id) ON DELETE RESTRICT,
    FOREIGN KEY (account_id, case_id) REFERENCES "case" (account_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, author_id) REFERENCES "user" (account_id, id) ON DELETE RESTRICT
);
CREATE INDEX submission_by_form ON submission (account_id, form_id, id);
CREATE INDEX submission_by_case ON submission (account_id, case_id, id);
CREATE INDEX submission_by_organisation ON submission (account_id, organisation_id, id);
CREATE INDEX submission_by_author ON submission (account_id, author_id, id);

CREATE TABLE task (
    id {id} PRIMARY KEY,
    account_id {id} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    case_id {id} NOT NULL,
    organisation_id {id} NOT NULL,
    node TEXT NOT NULL,
    work BIGINT NOT NULL,
    name TEXT NOT NULL,
    form_id {id},
    form_version INTEGER,
    may_send_back BOOLEAN NOT NULL,
    status TEXT NOT NULL,
    assignee_id {id},
    group_id {id},
    draft TEXT,
    submission_id {id} REFERENCES submission (id) ON DELETE SET NULL,
    revision BIGINT NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    ended_at {time},
    FOREIGN KEY (account_id, case_id) REFERENCES "case" (account_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, organisation_id) REFERENCES organisation (account_id, id) ON DELETE RESTRICT,
    FOREIGN KEY (account_id, form_id) REFERENCES form (account_id, id) ON DELETE RESTRICT,
    FOREIGN KEY (account_id, assignee_id) REFERENCES "user" (account_id, id) ON DELETE RESTRICT,
    FOREIGN KEY (account_id, group_id) REFERENCES "group" (account_id, id) ON DELETE RESTRICT
);
CREATE UNIQUE INDEX task_by_case ON task (account_id, case_id, work);
CREATE INDEX task_by_account ON task (account_id, id);
CREATE INDEX task_by_assignee ON task (account_id, assignee_id, status, id);
CREATE INDEX task_by_group ON task (account_id, group_id, status, id);
CREATE INDEX task_by_organisation ON task (account_id, organisation_id);
CREATE INDEX task_by_form ON task (account_id, form_id);
CREATE INDEX task_by_submission ON task (submission_id);
CREATE INDEX task_by_status ON task (account_id, status, id);

CREATE TABLE event_chain (
    account_id {id} PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    sequence BIGINT NOT NULL,
    hash {bytes} NOT NULL
);

CREATE TABLE event (
    account_id {id} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    sequence BIGINT NOT NULL,
    id {id} NOT NULL,
    at {time} NOT NULL,
    actor_id {id},
    on_behalf_of {id},
    token_id {id},
    entity TEXT NOT NULL,
    entity_id {id} NOT NULL,
    subject_id {id},
    kind TEXT NOT NULL,
    request_id TEXT,
    detail TEXT NOT NULL,
    commitment {bytes},
    hash {bytes} NOT NULL,
    PRIMARY KEY (account_id, sequence)
) {clustered};
CREATE INDEX event_by_entity ON event (account_id, entity_id, sequence);
CREATE INDEX event_by_subject ON event (account_id, subject_id, sequence);
CREATE INDEX event_by_actor ON event (account_id, actor_id, sequence);
CREATE INDEX event_by_time ON event (account_id, at, sequence);
CREATE INDEX event_by_entity_kind ON event (account_id, entity, sequence);
CREATE INDEX event_by_kind ON event (account_id, kind, sequence);

CREATE TABLE event_secret (
    account_id {id} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    sequence BIGINT NOT NULL,
    salt {bytes} NOT NULL,
    personal TEXT NOT NULL,
    PRIMARY KEY (account_id, sequence)
) {clustered};

CREATE TABLE idempotency (
    account_id {id} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    user_id {id} NOT NULL,
    key TEXT NOT NULL,
    fingerprint {bytes} NOT NULL,
    request_id TEXT NOT NULL,
    answer TEXT,
    created_at {time} NOT NULL,
    PRIMARY KEY (account_id, user_id, key),
    FOREIGN KEY (account_id, user_id) REFERENCES "user" (account_id, id) ON DELETE CASCADE
) {clustered};
CREATE INDEX idempotency_by_request ON idempotency (account_id, request_id);
CREATE INDEX idempotency_by_time ON idempotency (created_at);

CREATE TABLE job (
    id {id} PRIMARY KEY,
    account_id {id} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    payload TEXT NOT NULL,
    state TEXT NOT NULL,
    run_at {time} NOT NULL,
    leased_until {time},
    attempts INTEGER NOT NULL,
    last_error TEXT,
    created_at {time} NOT NULL
);
CREATE UNIQUE INDEX job_by_key ON job (account_id, kind, key);
CREATE INDEX job_by_time ON job (state, run_at);

CREATE TABLE term (
    account_id {id} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    term TEXT{bytewise} NOT NULL,
    entity TEXT NOT NULL,
    entity_id {id} NOT NULL,
    field TEXT NOT NULL,
    shelf INTEGER,
    PRIMARY KEY (account_id, term, entity_id, field)
) {clustered};
CREATE INDEX term_by_entity ON term (account_id, entity_id, term);
CREATE INDEX term_by_shelf ON term (account_id, shelf, entity, term, entity_id) WHERE shelf IS NOT NULL;

CREATE TABLE retention_rule (
    id {id} PRIMARY KEY,
    account_id {id} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    applies_to TEXT NOT NULL,
    starts_at TEXT NOT NULL,
    days INTEGER NOT NULL,
    active BOOLEAN NOT NULL,
    automatic BOOLEAN NOT NULL,
    revision BIGINT NOT NULL,
    created_at {time} NOT NULL
);
CREATE INDEX retention_rule_by_account ON retention_rule (account_id, id);

CREATE TABLE anonymization_run (
    id {id} PRIMARY KEY,
    account_id {id} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    status TEXT NOT NULL,
    started_by {id},
    counts TEXT NOT NULL,
    receipt TEXT,
    revision BIGINT NOT NULL,
    created_at {time} NOT NULL,
    ended_at {time},
    CONSTRAINT anonymization_run_by_account UNIQUE (account_id, id)
);

CREATE INDEX anonymization_run_by_status ON anonymization_run (account_id, status, id);

CREATE TABLE anonymization_target (
    account_id {id} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    run_id {id} NOT NULL,
    entity TEXT NOT NULL,
    entity_id {id} NOT NULL,
    rule_id {id},
    done_at {time},
    PRIMARY KEY (account_id, run_id, entity_id),
    FOREIGN KEY (account_id, run_id) REFERENCES anonymization_run (account_id, id) ON DELETE CASCADE
) {clustered};
