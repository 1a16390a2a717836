/// The looks of a report's page: light or dark as the reader's system is, from phones to desktops.
enum PageStyle {
    /// How many rules have a colour of their own; the others share the last.
    static let ruleColors = 8

    static let css = """
        :root { color-scheme: light dark; --paper: #fff; --panel: #f6f7f9; --ink: #1b2330; --soft: #5c6675;
          --rule: #dfe3e8; --allowed: #7ba7d9; --denied: #d6453d; --now: #1b2330;
          --r0: #d6453d; --r1: #e08a1e; --r2: #7a5cc4; --r3: #2f8f83; --r4: #b8447f; --r5: #6b8e23; --r6: #3b6fb5;
          --r7: #8a8f98; }
        @media (prefers-color-scheme: dark) { :root {
          --paper: #12161c; --panel: #1a2029; --ink: #e4e8ee; --soft: #98a3b3;
          --rule: #2d3643; --allowed: #4a7db5; --denied: #f0655c; --now: #e4e8ee;
          --r0: #f0655c; --r1: #f0a63f; --r2: #a68cf0; --r3: #4fbfb1; --r4: #e277ad; --r5: #a3c653; --r6: #74a5e8;
          --r7: #8f98a5; } }
        * { box-sizing: border-box; }
        body { margin: 0 auto; max-width: 1040px; padding: 24px 20px 48px; background: var(--paper); color: var(--ink);
          font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
        h1 { font-size: 24px; line-height: 1.25; margin: 0; overflow-wrap: anywhere; }
        h2 { font-size: 17px; margin: 36px 0 10px; }
        h3 { font-size: 15px; margin: 0; overflow-wrap: anywhere; }
        p { margin: 4px 0; }
        .soft { color: var(--soft); }
        .figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 10px;
          margin: 20px 0 0; }
        .figure { background: var(--panel); border-radius: 8px; padding: 12px 14px; }
        .figure b { display: block; font-size: 24px; line-height: 1.2; font-variant-numeric: tabular-nums; }
        .figure.bad b { color: var(--denied); }
        .figure span { color: var(--soft); font-size: 13px; }
        .legend { display: flex; flex-wrap: wrap; gap: 4px 16px; margin: 0 0 6px; padding: 0; list-style: none;
          font-size: 13px; color: var(--soft); }
        .legend i { display: inline-block; width: 10px; height: 10px; border-radius: 2px; margin-right: 6px; }
        .chart { display: block; width: 100%; height: auto; }
        .narrow { display: none; }
        @media (max-width: 640px) { .wide { display: none; } .narrow { display: block; }
          body { padding: 18px 14px 40px; } }
        .chart text { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
          fill: var(--soft); font-variant-numeric: tabular-nums; }
        .chart text.name { fill: var(--ink); }
        .chart text.own-label { fill: var(--now); font-weight: 600; }
        .strip text { paint-order: stroke; stroke: var(--panel); stroke-width: 4px; stroke-linejoin: round; }
        .chart .end { text-anchor: end; }
        .chart .middle { text-anchor: middle; }
        .axis { stroke: var(--soft); stroke-width: 1; }
        .grid { stroke: var(--rule); stroke-width: 1; }
        .own { stroke: var(--now); stroke-width: 2; stroke-dasharray: 3 3; }
        .mark { fill: var(--allowed); stroke: var(--paper); stroke-width: 2; }
        .allowed { fill: var(--allowed); background: var(--allowed); }
        .denied { fill: var(--denied); background: var(--denied); }
        .hover { fill: transparent; }
        .hover:hover { fill: var(--ink); fill-opacity: .08; }
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: 14px; }
        th, td { text-align: left; padding: 6px 12px 6px 0; border-bottom: 1px solid var(--rule); vertical-align: top; }
        th { color: var(--soft); font-weight: 500; font-size: 13px; white-space: nowrap; }
        .n { text-align: right; white-space: nowrap; }
        td.log { font: 12px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
        .rule { background: var(--panel); border-radius: 8px; padding: 14px 16px 8px; margin: 0 0 12px; }
        .rule header { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 2px 16px; }
        .rule dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(140px, 1fr)); gap: 4px 16px;
          margin: 8px 0 6px; }
        .rule dt { color: var(--soft); font-size: 13px; }
        .rule dd { margin: 0; font-size: 14px; font-variant-numeric: tabular-nums; }
        .rule .mark { stroke: var(--panel); }
        .tag { border: 1px solid var(--soft); border-radius: 4px; color: var(--soft); font-size: 12px; padding: 0 5px;
          font-weight: 400; }
        .notes { padding-left: 20px; }
        footer { margin-top: 40px; font-size: 13px; color: var(--soft); }
        """ + "\n"
        + (0..<ruleColors).map { ".r\($0) { fill: var(--r\($0)); background: var(--r\($0)); }" }.joined(separator: "\n")
}
