---@meta plot

-- Made from the declaration; do not edit.

---@class plot.new.options.x
---@field label? string what the axis shows
---@field unit? string in which unit, written in brackets after the label
---@field log? boolean a logarithmic axis: positive numbers only (default false)
---@field min? number lower end; from the data unless set
---@field max? number upper end; from the data unless set

---@class plot.new.options.y
---@field label? string what the axis shows
---@field unit? string in which unit, written in brackets after the label
---@field log? boolean a logarithmic axis: positive numbers only (default false)
---@field min? number lower end; from the data unless set
---@field max? number upper end; from the data unless set

---@class plot.new.options
---@field title? string heading
---@field x? plot.new.options.x the horizontal axis
---@field y? plot.new.options.y the vertical axis

---@class plot.Chart.line.options
---@field name? string what the legend calls it
---@field points? boolean mark the points on the line; the text rendering shows the marks alone (default false)

---@class plot.Chart.points.options
---@field name? string what the legend calls it

---@class plot.Chart.step.options
---@field name? string what the legend calls it

---@class plot.Chart.bar.options
---@field name? string what the legend calls it

---@class plot.Chart.histogram.options
---@field name? string what the legend calls it
---@field bins? integer how many; 0 takes the root of the number of values, at most 20 (0 to 100; default 0)

---@class plot.Chart.cdf.options
---@field name? string what the legend calls it

---@class plot.Chart.text.options
---@field width? integer columns (20 to 200; default 72)
---@field height? integer lines, without the title; bars take one line each (8 to 100; default 20)
---@field ascii? boolean use ASCII characters only (default false)

---@class plot.Chart.svg.options
---@field width? integer pixels (100 to 2000; default 640)
---@field height? integer pixels (100 to 2000; default 400)

---@class plot.Chart.png.options
---@field width? integer pixels (100 to 2000; default 640)
---@field height? integer pixels (100 to 2000; default 400)

---@class plot.Chart.save.options
---@field width? integer pixels (100 to 2000; default 640)
---@field height? integer pixels (100 to 2000; default 400)

---Charts of numbers: lines, points, steps, bars, histograms and distributions, as SVG, PNG and text.
---@class plot
local plot = {}

---Begin a chart.
---@param options? plot.new.options title and axes
---@return plot.Chart chart a chart without data
function plot.new(options) end

---A chart: add data, then draw it. What adds data returns the chart itself.
---@class plot.Chart
local Chart = {}

---Add a line through points.
---@param x number[] a number for each point
---@param y number[] another for each
---@param options? plot.Chart.line.options how to show them
---@return plot.Chart result
function Chart:line(x, y, options) end

---Add points.
---@param x number[] a number for each point
---@param y number[] another for each
---@param options? plot.Chart.points.options how to show them
---@return plot.Chart result
function Chart:points(x, y, options) end

---Add steps: each y holds from its x to the next.
---@param x number[] a number for each point
---@param y number[] another for each
---@param options? plot.Chart.step.options how to show them
---@return plot.Chart result
function Chart:step(x, y, options) end

---Add bars; several series stand side by side.
---@param labels string[] what stands at each bar
---@param values number[] how long it is
---@param options? plot.Chart.bar.options how to show them
---@return plot.Chart result
function Chart:bar(labels, values, options) end

---Add the counts of values in bins of equal width.
---@param values number[] the numbers, in any order
---@param options? plot.Chart.histogram.options how to count and show them
---@return plot.Chart result
function Chart:histogram(values, options) end

---Add a distribution: for each x the share of values that are not greater.
---@param values number[] the numbers, in any order
---@param options? plot.Chart.cdf.options how to show them
---@return plot.Chart result
function Chart:cdf(values, options) end

---Draw the chart in characters.
---@param options? plot.Chart.text.options how large, in which characters
---@return string text lines of at most width characters, without a line break at the end
function Chart:text(options) end

---Draw the chart as SVG.
---@param options? plot.Chart.svg.options how large
---@return string data the contents of an SVG file
function Chart:svg(options) end

---Draw the chart as PNG. Letters that its font does not have, such as Chinese ones, are left out; SVG has them.
---@param options? plot.Chart.png.options how large
---@return string data the contents of a PNG file
function Chart:png(options) end

---Draw the chart into a file of the host: .svg, .png or .txt. What the lab saves in /out, moonwire run --out DIR copies to the machine.
---@param path string file on the host, from the script's folder; its end says what to draw
---@param options? plot.Chart.save.options how large a picture is
---@return true? ok done
---@return string? message why not
---@return string? code denied
function Chart:save(path, options) end

return plot
