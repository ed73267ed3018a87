"""KEB415: no event reaches a component."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator

from governance.catalog.envelope import COMPONENT, FILE
from governance.catalog.model import Catalog, Component, SourceFile
from governance.catalog.problem import Kind
from governance.catalog.refs import RefError, follow, leading_to
from governance.catalog.tree import SchemaTree
from governance.finding import Severity
from governance.rules import Complaint, Context, Rule, closest, whole_catalog
from governance.schema.json import Json, as_object

_REFS = ("$ref", "$dynamicRef", "$recursiveRef")
_COMPONENTS = "/components/schemas/"
# With one of these a file may say more than has been read of it.
_HARMLESS = frozenset({Kind.BYTE_ORDER_MARK, Kind.AMBIGUOUS_SCALAR, Kind.LOST_ZERO})


def _check(context: Context) -> Iterator[Complaint]:
    catalog = context.catalog
    problems = (problem for file in catalog.files for problem in file.document.problems)
    if not catalog.events or any(problem.kind not in _HARMLESS for problem in problems):
        return
    files = [one for one in catalog.files if one.components and context.wants(one.document)]
    # Nearly always all are used by files that name theirs, and the others need not be looked at.
    near = leading_to(catalog, {file.relative for file in files})
    if context.only and not _of(files, _Reached(catalog, near)):
        return
    reached = _Reached(catalog, catalog.by_relative)
    for component in _of(files, reached):
        # What a mistyped reference means is in use, and the reference is a finding already.
        if closest(component.name, reached.broken) is None:
            message = f"no event refers to the component {component.name}"
            help_ = f"Delete it, or refer to it: `$ref: {_ref(component)}`."
            yield Complaint(component.at(on_key=True), message, help_)


def _of(files: Iterable[SourceFile], reached: _Reached) -> list[Component]:
    """Return what no event reaches of what some files declare."""
    asked = {file.document.path for file in files}
    return [component for component in reached.unused if component.document.path in asked]


def _ref(component: Component) -> str:
    file = component.document.path.rpartition("/")[2]
    return f'"{file}#{component.pointer}"'


class _Reached:
    """What the events of a catalog reach by references, directly or through components.

    Args:
        catalog: The catalog.
        files: The files whose events count, by path from the catalog folder.

    Attributes:
        unused: The components that no event reaches, in document order.
        broken: The last steps of references that lead nowhere.
    """

    def __init__(self, catalog: Catalog, files: Container[str]) -> None:
        self.catalog = catalog
        self.broken: set[str] = set()
        self._components = {
            (component.document.path, component.pointer): component
            for file in catalog.files
            for component in file.components
        }
        self._reached: set[tuple[str, str]] = set()
        self._followed: set[tuple[str, str, str]] = set()
        self._todo: list[tuple[Json, SchemaTree]] = []
        for place, component in self._components.items():
            # The envelope is used by the client itself.
            stem = place[0].rpartition("/")[2].rpartition(".")[0]
            if stem == FILE and component.name == COMPONENT:
                self._use(place)
        for event in (
            one for file in catalog.files if file.relative in files for one in file.events
        ):
            if event.payload is not None:
                self._todo.append((None, event.payload))
                if event.legacy:
                    # Inlined base fields are left out of the tree.
                    self._todo.append(
                        (as_object(event.declaration.get("properties")), event.payload)
                    )
        while self._todo:
            part, tree = self._todo.pop()
            if part is None:
                self._read(tree)
            else:
                self._scan(part, tree)
        self.unused = [one for place, one in self._components.items() if place not in self._reached]

    def _read(self, tree: SchemaTree) -> None:
        for keyword in _REFS:
            for node in tree.having(keyword):
                self._follow(node.schema[keyword], tree)
        for node in tree.having("discriminator"):
            mapping = as_object(as_object(node.schema["discriminator"]).get("mapping"))
            for meant in mapping.values():
                # OpenAPI lets a bare name stand for a component.
                is_name = isinstance(meant, str) and not {"#", "/", "."} & set(meant)
                self._follow(f"#{_COMPONENTS}{meant}" if is_name else meant, tree)

    def _follow(self, ref: Json, tree: SchemaTree) -> None:
        if not isinstance(ref, str):
            return
        # What starts with a name or at the components means the same in the whole file.
        is_of_file = not ref.startswith("#") or ref.startswith(f"#{_COMPONENTS}")
        key = (tree.document.path, "" if is_of_file else tree.pointer, ref)
        if key in self._followed:
            return
        self._followed.add(key)
        try:
            target = follow(self.catalog, tree, ref)
        except RefError:
            self.broken.add(ref.rpartition("/")[2])
            return
        if target.pointer.startswith(_COMPONENTS):
            self._use((target.document.path, "/".join(target.pointer.split("/")[:4])))
        else:
            # It may stand where nobody looks for a schema.
            self._todo.append((as_object(target.schema), target.tree))

    def _use(self, place: tuple[str, str]) -> None:
        if place in self._components and place not in self._reached:
            self._reached.add(place)
            self._todo.append((None, self._components[place].tree))

    def _scan(self, value: Json, tree: SchemaTree) -> None:
        todo = [value]
        while todo:
            here = todo.pop()
            if isinstance(here, dict):
                for keyword in _REFS:
                    self._follow(here.get(keyword), tree)
                todo += here.values()
            elif isinstance(here, list):
                todo += here


RULE = Rule(
    id="KEB415",
    name="component-unused",
    severity=Severity.WARNING,
    section="4.1",
    rationale="A shared shape that no event uses is read, reviewed and kept up to date for nobody, "
    "and looks like a promise.",
    bad="""\
events:
  Order.Invoice.Issued.v1:
    data:
      type: object
      properties:
        total: {$ref: "#/components/schemas/Money"}
components:
  schemas:
    Money: {type: object, properties: {minor_units: {type: integer}}}
    Address: {type: object, properties: {street: {type: string}}}
""",
    good="""\
events:
  Order.Invoice.Issued.v1:
    data:
      type: object
      properties:
        total: {$ref: "#/components/schemas/Money"}
components:
  schemas:
    Money: {type: object, properties: {minor_units: {type: integer}}}
""",
    check=whole_catalog(_check),
)
