"""Draw the rooms of this project from their imports: `python docs/pictures/rooms.py`.

An arrow leads from a room to a room that imports it; an arrow that follows from others
is left out. Rooms that belong together share a box.
"""

from pathlib import Path

import graphviz
import grimp
import networkx as nx

HERE = Path(__file__).parent
BOXES = {
    "foundations": "errors callers interrupts legible modes files "
    "command_line value names",
    "the graph": "tape plain_node queries graph merging export running pickling",
    "the tensor": "registry operators methods tensor_data arguments tensor",
    "one operation": "declaration binding primitive pulling signatures",
    "kernels": "kernels",
    "operations": "ops compositions",
    "the chain rule": "backward keeping calculus",
    "checks": "differences check",
    "optimizers": "optimize",
    "replay": "replaying",
    "pictures": "drawing profiling",
    "other libraries": "interchange",
    "backward, step by step": "tracing",
    "exercises": "exercises",
}


def box_of() -> dict[str, str]:
    """The box of every module, or folder of modules, of tinygraph."""
    boxes = BOXES.items()
    return {f"tinygraph.{room}": box for box, rooms in boxes for room in rooms.split()}


def imports() -> "nx.DiGraph[str]":
    """Which box is imported by which; an arrow leads to the importer."""
    packages = grimp.build_graph("tinygraph", "nets", cache_dir=None)
    boxes, found = box_of(), nx.DiGraph()
    found.add_nodes_from(BOXES)
    for importer in sorted(packages.modules):
        for imported in packages.find_modules_directly_imported_by(importer):
            user, used = (boxes.get(room(name)) for name in (importer, imported))
            if user and used and user != used and not is_late(importer, imported):
                found.add_edge(used, user)
    return found


def room(module: str) -> str:
    """The file or folder of tinygraph that a module is, or is in."""
    return ".".join(module.split(".")[:2])


def is_late(importer: str, imported: str) -> bool:
    """Whether an import happens only when a method of a tensor is called."""
    late = ("tinygraph.keeping", "tinygraph.tracing.trace")
    return importer == "tinygraph.tensor" and imported in late


def drawing() -> graphviz.Digraph:
    """The boxes with their rooms, and the arrows that do not follow from others."""
    style = {"fontname": "Helvetica", "fontsize": "11"}
    picture = graphviz.Digraph(
        node_attr={"shape": "box", "style": "filled,rounded", **style},
        edge_attr={"color": "#555555", "arrowsize": "0.7"},
        graph_attr={"rankdir": "BT", "nodesep": "0.3", "ranksep": "0.35", **style},
    )
    for box, rooms in BOXES.items():
        small = "<BR/>".join(lines_of(rooms.split()))
        label = f'<<B>{box}</B><BR/><FONT POINT-SIZE="9">{small}</FONT>>'
        picture.node(box, label, fillcolor="#eef3f8")
    picture.node("nets", "<<B>nets</B>>", fillcolor="#fdf1e3")
    arrows = nx.transitive_reduction(imports())
    for used, user in sorted(arrows.edges):
        picture.edge(used, user)
    for box in sorted(box for box in BOXES if not arrows.out_degree(box)):
        if box != "exercises":
            picture.edge(box, "nets", style="dashed")
    return picture


def lines_of(rooms: list[str]) -> list[str]:
    """The names of rooms, four on a line."""
    return ["  ".join(rooms[start : start + 4]) for start in range(0, len(rooms), 4)]


if __name__ == "__main__":
    drawing().render(outfile=HERE / "rooms.svg", cleanup=True)
