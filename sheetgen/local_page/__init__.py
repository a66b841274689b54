"""A page on this machine that judges the workbooks dropped on it: for those who do not live in a terminal.

The server takes files into a temporary folder (`uploads`), has a process of its own judge and mark them (`desk`,
`judging`), and shows the HTML report (`application`). `guard` admits only the page itself. Nothing that is uploaded is
ever used as a path, or leaves the machine.
"""
