//! The schemas of what Styr keeps for a directory (RFC 7643, sections 4 and 7).
//!
//! An attribute stands here only if Styr gives back what it was sent; `/Schemas` tells a directory so.

use serde_json::{Value, json};

use crate::access::PredefinedRole;

/// The URN of the user's schema.
pub const USER_SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// The URN of the group's schema.
pub const GROUP_SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
/// The URN of the enterprise extension of users.
pub const ENTERPRISE_SCHEMA: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// What a directory keeps in Styr.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResourceType {
    /// A user.
    User,
    /// A rights group that every organisation may use.
    Group,
}

/// A schema: a set of attributes under a URN.
#[derive(Debug)]
pub struct Schema {
    /// Its URN.
    pub id: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What it describes.
    pub description: &'static str,
    /// Its attributes.
    pub attributes: &'static [Attribute],
}

/// What an attribute holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    String,
    /// Yes or no.
    Boolean,
    /// A time (RFC 3339).
    DateTime,
    /// A URI of another resource, of one of these types.
    Reference(&'static [&'static str]),
    /// Sub-attributes.
    Complex,
}

/// Who sets an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mutability {
    /// The directory.
    ReadWrite,
    /// Styr.
    ReadOnly,
    /// The directory, once.
    Immutable,
}

/// When an attribute is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Returned {
    /// Whatever the caller says.
    Always,
    /// Unless the caller wants others, or not this one.
    Default,
    /// Only if the caller names it.
    Request,
}

/// An attribute (RFC 7643, section 7).
#[derive(Debug, Clone, Copy)]
pub struct Attribute {
    /// Its name; comparisons disregard case.
    pub name: &'static str,
    /// What it means.
    pub description: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether it holds many.
    pub multi: bool,
    /// Whether a resource must have it.
    pub required: bool,
    /// Whether comparisons regard case.
    pub case_exact: bool,
    /// Who sets it.
    pub mutability: Mutability,
    /// When it is answered.
    pub returned: Returned,
    /// Whether no two resources have the same.
    pub unique: bool,
    /// Values that it usually has.
    pub canonical: &'static [&'static str],
    /// Its sub-attributes.
    pub sub: &'static [Self],
    /// Whether Styr keeps just one of its values.
    pub single: bool,
}

impl Attribute {
    const fn new(name: &'static str, kind: Kind, description: &'static str) -> Self {
        Self {
            name,
            description,
            kind,
            multi: false,
            required: false,
            case_exact: false,
            mutability: Mutability::ReadWrite,
            returned: Returned::Default,
            unique: false,
            canonical: &[],
            sub: &[],
            single: false,
        }
    }

    const fn text(name: &'static str, description: &'static str) -> Self {
        Self::new(name, Kind::String, description)
    }

    const fn boolean(name: &'static str, description: &'static str) -> Self {
        Self::new(name, Kind::Boolean, description)
    }

    const fn reference(name: &'static str, to: &'static [&'static str], description: &'static str) -> Self {
        Self { case_exact: true, ..Self::new(name, Kind::Reference(to), description) }
    }

    const fn complex(name: &'static str, sub: &'static [Self], description: &'static str) -> Self {
        Self { sub, ..Self::new(name, Kind::Complex, description) }
    }

    const fn many(self) -> Self {
        Self { multi: true, ..self }
    }

    /// Many on the wire, of which Styr keeps one.
    const fn single(self) -> Self {
        Self { multi: true, single: true, ..self }
    }

    const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    const fn unique(self) -> Self {
        Self { unique: true, ..self }
    }

    const fn exact(self) -> Self {
        Self { case_exact: true, ..self }
    }

    const fn read_only(self) -> Self {
        Self { mutability: Mutability::ReadOnly, ..self }
    }

    const fn immutable(self) -> Self {
        Self { mutability: Mutability::Immutable, ..self }
    }

    const fn returned(self, returned: Returned) -> Self {
        Self { returned, ..self }
    }

    const fn canonical(self, canonical: &'static [&'static str]) -> Self {
        Self { canonical, ..self }
    }

    /// Its sub-attribute of this name.
    #[must_use]
    pub fn sub(&self, name: &str) -> Option<&'static Self> {
        self.sub.iter().find(|sub| sub.name.eq_ignore_ascii_case(name))
    }

    fn definition(&self) -> Value {
        let mut definition = json!({
            "name": self.name,
            "description": self.description,
            "type": match self.kind {
                Kind::String => "string",
                Kind::Boolean => "boolean",
                Kind::DateTime => "dateTime",
                Kind::Reference(_) => "reference",
                Kind::Complex => "complex",
            },
            "multiValued": self.multi,
            "required": self.required,
            "caseExact": self.case_exact,
            "mutability": match self.mutability {
                Mutability::ReadWrite => "readWrite",
                Mutability::ReadOnly => "readOnly",
                Mutability::Immutable => "immutable",
            },
            "returned": match self.returned {
                Returned::Always => "always",
                Returned::Default => "default",
                Returned::Request => "request",
            },
            "uniqueness": if self.unique { "server" } else { "none" },
        });
        if !self.canonical.is_empty() {
            definition["canonicalValues"] = json!(self.canonical);
        }
        if let Kind::Reference(to) = self.kind {
            definition["referenceTypes"] = json!(to);
        }
        if !self.sub.is_empty() {
            definition["subAttributes"] = self.sub.iter().map(Self::definition).collect();
        }
        definition
    }
}

/// The one type that the kept e-mail address and phone number have.
pub const WORK: &str = "work";

const PREDEFINED_ROLES: [&str; 6] = {
    let mut names = [""; 6];
    let mut index = 0;
    while index < 6 {
        names[index] = PredefinedRole::ALL[index].api_name();
        index += 1;
    }
    names
};

/// The attributes that every resource has (RFC 7643, section 3.1).
const COMMON: &[Attribute] = &[
    Attribute::reference("schemas", &["uri"], "The schemas of what the resource holds.")
        .many()
        .read_only()
        .returned(Returned::Always),
    Attribute::text("id", "Styr's id of the resource.")
        .exact()
        .unique()
        .read_only()
        .returned(Returned::Always),
    Attribute::text("externalId", "The directory's id of the resource.").exact(),
    Attribute::complex(
        "meta",
        &[
            Attribute::text("resourceType", "The type of the resource.").exact().read_only(),
            Attribute::new("created", Kind::DateTime, "When it was made.").read_only(),
            Attribute::new("lastModified", Kind::DateTime, "When it was last changed.").read_only(),
            Attribute::reference("location", &["uri"], "Where it is.").read_only(),
            Attribute::text("version", "Its ETag.").exact().read_only(),
        ],
        "What Styr says of the resource.",
    )
    .read_only(),
];

const CONTACT: &[Attribute] = &[
    Attribute::text("value", "The address or number."),
    Attribute::text("type", "Always work.").canonical(&[WORK]),
    Attribute::boolean("primary", "Whether it is the main one in the directory."),
];

/// The user's schema.
pub static USER: Schema = Schema {
    id: USER_SCHEMA,
    name: "User",
    description: "A person who uses Styr",
    attributes: &[
        Attribute::text(
            "userName",
            "What the directory knows the user by, such as the user principal name: 1 to 254 ASCII characters.",
        )
        .required()
        .unique(),
        Attribute::complex(
            "name",
            &[
                Attribute::text("formatted", "The whole name."),
                Attribute::text("familyName", "The family name."),
                Attribute::text("givenName", "The given name."),
            ],
            "The parts of the name.",
        ),
        Attribute::text(
            "displayName",
            "The name that Styr shows; made of name when absent, or else of userName.",
        ),
        Attribute::text("title", "The title at work."),
        Attribute::boolean("active", "Whether the user may use Styr. Tokens end at once when it becomes false.")
            .required(),
        Attribute::complex("emails", CONTACT, "The e-mail address; Styr keeps one.").single(),
        Attribute::complex("phoneNumbers", CONTACT, "The phone number; Styr keeps one.").single(),
        Attribute::complex(
            "groups",
            &[
                Attribute::text("value", "The group's id.").exact().read_only(),
                Attribute::reference("$ref", &["Group"], "Where the group is.").read_only(),
                Attribute::text("display", "The group's name.").read_only(),
                Attribute::text("type", "Always direct.").canonical(&["direct"]).read_only(),
            ],
            "The groups that the user is in. Members are changed in the groups.",
        )
        .many()
        .read_only(),
        Attribute::complex(
            "roles",
            &[
                Attribute::text("value", "The role's API name.").canonical(&PREDEFINED_ROLES),
                Attribute::text("display", "The role's name.").read_only().returned(Returned::Request),
                Attribute::boolean("primary", "Whether it is the user's main role in the directory."),
            ],
            "The roles that the directory has given the user; others are neither shown nor changed.",
        )
        .many(),
    ],
};

/// The enterprise extension of users (RFC 7643, section 4.3), as far as Styr keeps it.
pub static ENTERPRISE: Schema = Schema {
    id: ENTERPRISE_SCHEMA,
    name: "EnterpriseUser",
    description: "Where the user works",
    attributes: &[
        Attribute::text(
            "organization",
            "Places the user in the organisation of this name, if there is just one.",
        ),
        Attribute::text("department", "The same, where organization names none."),
    ],
};

/// The group's schema.
pub static GROUP: Schema = Schema {
    id: GROUP_SCHEMA,
    name: "Group",
    description: "A rights group that every organisation may use",
    attributes: &[
        Attribute::text("displayName", "Its name.").required().unique(),
        Attribute::complex(
            "members",
            &[
                Attribute::text("value", "The user's id.").exact().immutable(),
                Attribute::reference("$ref", &["User"], "Where the user is.").immutable(),
                Attribute::text("type", "Always User.").canonical(&["User"]).immutable(),
                Attribute::text("display", "The user's name.").read_only().returned(Returned::Request),
            ],
            "The users in the group.",
        )
        .many(),
    ],
};

/// All schemas of resources.
pub static SCHEMAS: [&Schema; 3] = [&USER, &GROUP, &ENTERPRISE];

impl Schema {
    fn attribute(&self, name: &str) -> Option<&'static Attribute> {
        self.attributes.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name))
    }

    /// The schema as a resource of its own (RFC 7643, section 7).
    #[must_use]
    pub fn definition(&self) -> Value {
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
            "id": self.id,
            "name": self.name,
            "description": self.description,
            "attributes": self.attributes.iter().map(Attribute::definition).collect::<Vec<_>>(),
        })
    }
}

impl ResourceType {
    /// Both.
    pub const ALL: [Self; 2] = [Self::User, Self::Group];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Group => "Group",
        }
    }

    /// Where its resources are, below SCIM's own address.
    #[must_use]
    pub const fn endpoint(self) -> &'static str {
        match self {
            Self::User => "/Users",
            Self::Group => "/Groups",
        }
    }

    /// Its schema.
    #[must_use]
    pub fn schema(self) -> &'static Schema {
        match self {
            Self::User => &USER,
            Self::Group => &GROUP,
        }
    }

    /// The schema that extends it.
    #[must_use]
    pub fn extension(self) -> Option<&'static Schema> {
        match self {
            Self::User => Some(&ENTERPRISE),
            Self::Group => None,
        }
    }

    /// The attribute of this name, of the common ones or of its own schema's.
    #[must_use]
    pub fn attribute(self, name: &str) -> Option<&'static Attribute> {
        let common = || COMMON.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name));
        self.schema().attribute(name).or_else(common)
    }

    /// The attribute of this name in the extension.
    #[must_use]
    pub fn extension_attribute(self, name: &str) -> Option<&'static Attribute> {
        self.extension()?.attribute(name)
    }

    /// Whether the RFC has an attribute of this name that Styr does not keep. Such are passed over, as a directory may
    /// well send them (RFC 7644, section 3.3).
    #[must_use]
    pub fn passes_over(self, name: &str) -> bool {
        const PASSED_OVER: &[&str] = &[
            "nickName",
            "profileUrl",
            "userType",
            "preferredLanguage",
            "locale",
            "timezone",
            "password",
            "ims",
            "photos",
            "addresses",
            "entitlements",
            "x509Certificates",
            "employeeNumber",
            "costCenter",
            "division",
            "manager",
        ];
        self == Self::User && PASSED_OVER.iter().any(|other| other.eq_ignore_ascii_case(name))
    }
}
