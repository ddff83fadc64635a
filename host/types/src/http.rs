/// A request over HTTP that an adapter plans and the host sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpRequest {
    /// `GET` or `POST`.
    pub method: String,
    /// An environment variable that holds another address than `base`, if set.
    pub variable: Option<String>,
    /// Where the service is, for example `https://api.example.com`.
    pub base: String,
    /// What follows, for example `/v1/messages`.
    pub path: String,
    /// Headers without secrets.
    pub headers: Vec<(String, String)>,
    /// Headers with secrets, which the host fills in.
    pub secrets: Vec<Secret>,
    /// What is sent.
    pub body: Vec<u8>,
    /// Named values without a field of their own.
    pub options: crate::Options,
}

/// A header that holds a secret, which no guest ever sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// Of the header.
    pub name: String,
    /// What stands before the secret.
    pub prefix: String,
    /// The environment variables in which it may be; the first that is set counts.
    pub variables: Vec<String>,
    /// Whether the request is sent without it when none of them is set.
    pub optional: bool,
}

/// How a service begins to answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpResponse {
    /// The status code.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
}
