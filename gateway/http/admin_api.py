"""The admin operations over HTTP, for automation: every route is made from the table in `shared.protocol`."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import cache
from typing import Annotated, Any

from pydantic import BaseModel, StringConstraints, create_model
from quart import Blueprint, Quart, current_app, g, jsonify, request
from quart.wrappers import Response
from quart_schema import (
    HttpSecurityScheme,
    Info,
    OpenAPIProvider,
    QuartSchema,
    document_headers,
    document_querystring,
    document_request,
    document_response,
    hide,
    security_scheme,
)
from werkzeug.routing import BaseConverter, Rule

from gateway.application.admin.desk import Call, Desk, checked, new_request_id
from gateway.application.admin.staff import StaffTokens
from gateway.application.limits import Limits
from gateway.application.records import StaffMember
from gateway.domain.errors import GatewayError
from gateway.domain.strict_json import parse_json_object, plain
from gateway.http.bodies import COMMANDS, read_raw
from gateway.http.documents import problems
from shared.admin_wire import AdminInput
from shared.protocol import HTTP_ROOT, OPERATIONS, PROTOCOL_VERSION, CallMeta, Operation

BEARER = "StaffToken"
DOCUMENT_PATH = f"{HTTP_ROOT}/openapi.json"
_DOCUMENT = "ADMIN_DOCUMENT"
REQUEST_ID, IDEMPOTENCY_KEY = "X-Request-Id", "Idempotency-Key"
_READ_REFUSALS = (400, 401, 403, 404, 409, 410, 422, 429, 502, 503, 504)
_POST_REFUSALS = (*_READ_REFUSALS, 408, 413, 415)
_PATH_NAME = re.compile(r"\{(\w+)\}")
_WHOLE = re.compile(r"-?[0-9]{1,20}")
_TRUTH = {"true": True, "false": False}

View = Callable[..., Awaitable[Response]]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{8,64}$")]


class RequestHeaders(BaseModel):
    """What may go with every request."""

    x_request_id: Name | None = None


class CommandHeaders(RequestHeaders):
    """What goes with a command."""

    idempotency_key: Name


def admin_blueprint(desk: Desk, tokens: StaffTokens, limits: Limits) -> Blueprint:
    """Return the routes under `/admin/api/v1`, and their document for whoever has a staff token."""
    blueprint = Blueprint("admin", __name__)

    async def who() -> StaffMember:
        try:
            return (await tokens.verify(_bearer())).member
        except GatewayError:
            limits.stranger(request.remote_addr)
            raise

    @blueprint.before_request
    async def name_request() -> None:
        g.request_id = new_request_id()
        meta = {
            "request_id": request.headers.get(REQUEST_ID),
            "idempotency_key": request.headers.get(IDEMPOTENCY_KEY),
        }
        g.meta = checked(CallMeta, {name: value for name, value in meta.items() if value is not None})
        g.request_id = g.meta.request_id or g.request_id

    @blueprint.after_request
    async def tell_name(response: Response) -> Response:
        response.headers[REQUEST_ID] = g.request_id
        return response

    @blueprint.get(DOCUMENT_PATH)
    @hide
    async def document() -> Response:
        """Return the OpenAPI document of the admin interface."""
        await who()
        response: Response = jsonify(admin_openapi(current_app._get_current_object()))  # type: ignore[attr-defined]
        return response

    for operation in operations_over_http():
        rule = HTTP_ROOT + _PATH_NAME.sub(r"<\1>", operation.path)
        view = _documented(operation, _view(operation, desk, who))
        blueprint.add_url_rule(rule, endpoint=view.__name__, view_func=view, methods=[operation.method])
    return blueprint


def operations_over_http() -> Iterable[Operation[Any, Any]]:
    """Return the operations that have a route."""
    return (operation for operation in OPERATIONS if not operation.is_for_sockets)


def admin_openapi(app: Quart) -> dict[str, Any]:
    """Return the OpenAPI document of the admin interface; it is made once for each application."""
    known: dict[str, Any] | None = app.extensions.get(_DOCUMENT)
    if known is None:
        known = app.extensions[_DOCUMENT] = _admin_document(app)
    return known


def _admin_document(app: Quart) -> dict[str, Any]:
    about = QuartSchema(
        info=Info(title="AI-Admin gateway: admin interface", version=f"{PROTOCOL_VERSION}.0"),
        security_schemes={BEARER: HttpSecurityScheme(scheme="bearer")},
    )
    return _AdminDocument(app, about).schema()


class _AdminDocument(OpenAPIProvider):
    """The admin routes alone, with what is required of their parameters and the bounds of what is in the path."""

    def generate_rules(self) -> Iterable[Rule]:
        """Return the rules of the operations."""
        return (rule for rule in self._app.url_map.iter_rules() if rule.endpoint in _ENDPOINTS)

    def operation_id(self, method: str, path: str, func: Callable[..., Any]) -> str | None:
        """Return the operation's own name."""
        return _ENDPOINTS[f"admin.{func.__name__}"].name

    def build_path_parameter(self, name: str, converter: BaseConverter) -> dict[str, Any]:
        """Describe what stands in the path as the input record does."""
        described = super().build_path_parameter(name, converter)
        operation = next(each for each in OPERATIONS if "{" + name + "}" in each.path)
        schema = operation.input.model_json_schema()["properties"][name]
        return described | {
            "schema": {key: value for key, value in schema.items() if key not in ("title", "description")}
        }

    def build_querystring_parameters(self, model: type[Any]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        """Describe the query, with what is required in it."""
        parameters, definitions = super().build_querystring_parameters(model)
        return _with_required(parameters, model, lambda name: name), definitions

    def build_headers_parameters(self, model: type[Any]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        """Describe the headers, with what is required of them."""
        parameters, definitions = super().build_headers_parameters(model)
        return _with_required(parameters, model, lambda name: name.replace("_", "-")), definitions


def _with_required(
    parameters: list[dict[str, Any]], model: type[BaseModel], spelled: Callable[[str], str]
) -> list[dict[str, Any]]:
    required = {spelled(name) for name, info in model.model_fields.items() if info.is_required()}
    return [each | ({"required": True} if each["name"] in required else {}) for each in parameters]


def _view(operation: Operation[Any, Any], desk: Desk, who: Callable[[], Awaitable[StaffMember]]) -> View:
    read = _body_fields if operation.method == "POST" else _query_fields
    kinds = _kinds_of(operation)

    async def view(**path: str) -> Response:
        member = await who()
        fields = await read(kinds)
        if fields.keys() & path.keys():
            raise GatewayError("field_invalid")
        fields |= {name: _value(text, kinds[name][0]) for name, text in path.items()}
        data = await desk.run(member, operation.name, fields, Call(g.request_id, g.meta.idempotency_key))
        response: Response = jsonify(data)
        return response

    view.__name__ = operation.name.replace(".", "_")
    view.__doc__ = operation.summary
    return view


def _documented(operation: Operation[Any, Any], view: View) -> View:
    rest = _without_path(operation)
    headers = CommandHeaders if operation.is_command else RequestHeaders
    view = security_scheme([{BEARER: []}])(
        document_headers(headers)(document_response(operation.output)(view))
    )
    if operation.method == "POST":
        return hide(problems(*_POST_REFUSALS)(document_request(rest)(view)))
    return hide(problems(*_READ_REFUSALS)(document_querystring(rest)(view)))


@cache
def _without_path(operation: Operation[Any, Any]) -> type[AdminInput]:
    """Return the input without the fields that stand in the path."""
    in_path = set(_PATH_NAME.findall(operation.path))
    fields: dict[str, Any] = {
        name: (info.annotation, info)
        for name, info in operation.input.model_fields.items()
        if name not in in_path
    }
    return create_model(f"{operation.input.__name__}Rest", __base__=AdminInput, **fields)


async def _body_fields(_kinds: Mapping[str, tuple[str, bool]]) -> dict[str, object]:
    raw = await read_raw(COMMANDS)
    fields = plain(parse_json_object(raw)) if raw.strip() else {}
    assert isinstance(fields, dict)
    return fields


async def _query_fields(kinds: Mapping[str, tuple[str, bool]]) -> dict[str, object]:
    """Return the query's parameters in the kinds of the input's fields; a text that does not fit is refused later."""
    fields: dict[str, object] = {}
    for name, texts in request.args.lists():
        kind, is_list = kinds.get(name, ("string", False))
        values = [_value(text, kind) for text in texts]
        fields[name] = values if is_list or len(values) > 1 else values[0]
    if "lang" not in kinds:
        fields.pop("lang", None)
    return fields


def _value(text: str, kind: str) -> object:
    if kind == "integer" and _WHOLE.fullmatch(text):
        return int(text)
    return _TRUTH.get(text, text) if kind == "boolean" else text


@cache
def _kinds_of(operation: Operation[Any, Any]) -> Mapping[str, tuple[str, bool]]:
    """Return the kind of each field of an operation's input; see `_kind_of`."""
    properties: Mapping[str, Mapping[str, Any]] = operation.input.model_json_schema().get("properties", {})
    return {name: _kind_of(schema) for name, schema in properties.items()}


def _kind_of(schema: Mapping[str, Any]) -> tuple[str, bool]:
    """Return the JSON kind of a field, of its items if it is a list, and whether it is one."""
    for choice in schema.get("anyOf", ()):
        if choice.get("type") != "null":
            return _kind_of(choice)
    if schema.get("type") == "array":
        return _kind_of(schema["items"])[0], True
    return str(schema.get("type", "string")), False


def _bearer() -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


_ENDPOINTS = {f"admin.{each.name.replace('.', '_')}": each for each in operations_over_http()}
